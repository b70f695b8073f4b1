import { CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { buildWholeProgram } from '../../src/cli/program.ts';

/** The words of every `rollcall` in a piece of shell: `npx rollcall sync now | cat` is one, with two words. */
export function commandLines(shell: string): string[][] {
  return commandsOf(shell)
    .map((words) => words.slice(words[0] === 'npx' ? 1 : 0))
    .filter(([program]) => program === 'rollcall')
    .map((words) => words.slice(1));
}

const token =
  /\s*(?:#.*|(\n|&&|\|\|?|;)|(\d?(?:>>?|<)(?:&\d)?)|((?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\|;&<>])+))/gy;

/** Enough of a shell's grammar for the commands of the pages. */
function commandsOf(shell: string): string[][] {
  const commands: string[][] = [[]];
  let isTarget = false;
  for (const line of shell.split('\n')) {
    for (const [, separator, redirection, word] of line.matchAll(token)) {
      if (separator !== undefined) commands.push([]);
      else if (redirection !== undefined) isTarget = !redirection.includes('&');
      else if (word !== undefined) {
        if (!isTarget) commands.at(-1)?.push(word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'));
        isTarget = false;
      }
    }
    commands.push([]);
  }
  return commands;
}

/** Every command that can be typed: `sync test`. */
export function allCommands(command: CommandUnknownOpts, above = ''): string[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((sub) => sub.name() !== 'help')
    .flatMap((sub) => {
      const name = `${above}${sub.name()}`;
      // `history` is a command, and has commands.
      const self = sub.commands.length === 0 || sub.registeredArguments.length > 0 ? [name] : [];
      return [...self, ...allCommands(sub, `${name} `)];
    });
}

/**
 * What is wrong with a command line, or null; nothing is run.
 *
 * @param isMention it stands in a sentence, where a name or a subcommand may be left out
 */
export async function problemOf(words: string[], isMention: boolean): Promise<string | null> {
  const program = await buildWholeProgram();
  disarm(program);
  try {
    await program.parseAsync(words, { from: 'user' });
    return null;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const isIncomplete = ['commander.missingArgument', 'commander.help'].includes(error.code);
    return error.exitCode === 0 || (isMention && isIncomplete) ? null : error.message;
  }
}

function disarm(command: CommandUnknownOpts): void {
  command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  if (command.commands.length === 0 || command.registeredArguments.length > 0)
    command.action(() => undefined);
  command.commands.forEach(disarm);
}
