import { Argument } from '@commander-js/extra-typings';
import { readFileSync } from 'node:fs';
import { completionScript } from '../../files/assets.ts';
import type { Group } from '../globals.ts';
import { say } from '../output.ts';

export function addCompletion(command: Group): void {
  // For the scripts. What it prints is not for people.
  command
    .command('runs', { hidden: true })
    .argument('[digits]')
    .action(async (digits = '', _, command) => {
      const { offerRuns } = await import('../offer-runs.ts');
      await offerRuns(digits, command.optsWithGlobals());
    });
  command
    .usage('[options] <bash|zsh|fish>')
    .addArgument(new Argument('<bash|zsh|fish>').choices(['bash', 'zsh', 'fish'] as const))
    .addHelpText(
      'after',
      `
For bash, with its package bash-completion, write it to a file; without, add the last line to ~/.bashrc:
  mkdir -p ~/.local/share/bash-completion/completions
  rollcall completion bash > ~/.local/share/bash-completion/completions/rollcall
  source <(rollcall completion bash)

For zsh, add this to ~/.zshrc, behind compinit:
  source <(rollcall completion zsh)

For fish, write it to a file:
  mkdir -p ~/.config/fish/completions
  rollcall completion fish > ~/.config/fish/completions/rollcall.fish`,
    )
    .action((shell) => say(readFileSync(completionScript(shell), 'utf8').trimEnd()));
}
