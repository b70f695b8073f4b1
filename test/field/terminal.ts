import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';

/** What is on the screen after Tab. */
export interface Completed {
  /** The line that was being typed. */
  line: string;
  /** What the shell listed, one for each line; empty if it completed the line or found nothing. */
  listed: string[];
  /** In milliseconds. */
  took: number;
}

const prompt = 'PROMPT> ';

/** What makes a shell list one candidate a line and tell, on Ctrl-G, the line that is being typed. */
const shells = {
  bash: {
    words: ['bash', '--norc', '--noprofile', '-i'],
    settings: [
      "bind 'set show-all-if-ambiguous on'; bind 'set completion-query-items 0'; bind 'set page-completions off'",
      "bind 'set completion-display-width 0'; bind 'set bell-style none'; bind 'set enable-bracketed-paste off'",
      `bind -x '"\\C-g": printf "LINE<%s>\\n" "$READLINE_LINE"'`,
    ],
  },
  zsh: {
    words: ['zsh', '-f', '-i', '-o', 'nopromptsp', '-o', 'nopromptcr'],
    settings: [
      'unset zle_bracketed_paste; LISTMAX=0; KEYTIMEOUT=1; bindkey -e',
      'setopt no_beep no_always_last_prompt no_auto_menu',
      'autoload -Uz compinit; compinit -u -D',
      'tell() { zle -I; print -r -- "LINE<$BUFFER>" }; zle -N tell; bindkey \'^G\' tell',
    ],
  },
};

/** An interactive shell on a terminal of its own. */
export class ShellOnTerminal {
  readonly #child: ChildProcessWithoutNullStreams;
  #screen = '';

  /** @param settings commands of the shell that are run first */
  static async start(
    name: keyof typeof shells,
    settings: string[],
    options: { cwd: string; env: Record<string, string> },
  ): Promise<ShellOnTerminal> {
    const shell = new ShellOnTerminal(shells[name].words, options);
    await shell.#until(prompt);
    for (const command of ['stty cols 400 rows 1000', ...shells[name].settings, ...settings])
      await shell.run(command);
    return shell;
  }

  private constructor(words: string[], { cwd, env }: { cwd: string; env: Record<string, string> }) {
    const all = { TERM: 'xterm', LC_ALL: 'C.UTF-8', PS1: prompt, ...env };
    this.#child = spawn('script', ['-qec', words.join(' '), '/dev/null'], { cwd, env: all });
    this.#child.stdout.setEncoding('utf8').on('data', (piece: string) => (this.#screen += piece));
  }

  /** Runs a command, and returns what it printed. */
  async run(command: string): Promise<string> {
    this.#child.stdin.write(`${command}; echo DO''NE\n`);
    return this.#until(`DONE\n${prompt}`);
  }

  /** Types a line and Tab, and takes the line back. */
  async complete(typed: string): Promise<Completed> {
    const began = Date.now();
    this.#child.stdin.write(`${typed}\t\u0007`);
    const screen = await this.#until('>\n', 'LINE<');
    const took = Date.now() - began;
    await this.#until(prompt);
    this.#child.stdin.write('\u0001\u000b');
    const [listed = '', line = ''] = screen.split('LINE<');
    const lines = listed.split('\n').slice(1);
    return {
      line: line.replace(/>\n$/, ''),
      listed: lines.filter((one) => one.trim() !== '' && !one.startsWith(prompt)).map((one) => one.trimEnd()),
      took,
    };
  }

  async stop(): Promise<void> {
    this.#child.stdin.write('exit\n');
    this.#child.stdin.end();
    await once(this.#child, 'close');
  }

  /** Takes from the screen what is there up to `end`, which must follow `start`. */
  async #until(end: string, start = ''): Promise<string> {
    const late = Date.now() + 15_000;
    for (;;) {
      // The sequences that move the cursor mean nothing here.
      const screen = this.#screen.replace(/\u001b(\[[\d;?]*[a-zA-Z]|[=>])/g, '').replaceAll('\r', '');
      const from = screen.indexOf(start);
      const at = from < 0 ? -1 : screen.indexOf(end, from + start.length);
      if (at >= 0) {
        this.#screen = screen.slice(at + end.length);
        return screen.slice(0, at + end.length);
      }
      if (Date.now() > late) throw new Error(`no ${JSON.stringify(end)} in ${JSON.stringify(screen)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
