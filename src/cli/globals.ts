import { Command, Option } from '@commander-js/extra-typings';
import { exitCodeTable } from './exit-codes.ts';
import { isLogJson, log } from './log.ts';
import { usageLine } from './usage.ts';

/** The command line without its commands: the options that all commands share. */
export const createProgram = (version: string) =>
  new Command('rollcall')
    .description("Keeps a mail archive's user database in step with the organization's directory.")
    .version(version)
    .option(
      '-c, --config <file>',
      'configuration file (- for standard input; default: $ROLLCALL_CONFIG, then rollcall.yaml, then /etc/rollcall/rollcall.yaml)',
    )
    .option('-q, --quiet', 'print no warnings and no progress')
    .option('-v, --verbose', 'print more detail on standard error')
    .addOption(
      new Option('--log-format <format>', 'format of standard error')
        .choices(['text', 'json'] as const)
        .default('text' as const),
    )
    .option('--no-color', 'disable color, like the environment variable NO_COLOR')
    .configureOutput({
      outputError: (message) => log('error', usageLine(message)),
      writeErr: (text) => (isLogJson() ? log('error', text.trimEnd()) : process.stderr.write(text)),
    })
    .exitOverride()
    .addHelpText('after', `\nExit codes:\n${exitCodeTable()}\n`);

export type Program = ReturnType<typeof createProgram>;

/** A command of the first level: `login`, and `users` in `users list`. */
export const createGroup = (program: Program, name: string, description: string) =>
  program.command(name).description(description);

export type Group = ReturnType<typeof createGroup>;

/** The options of every command. */
export type GlobalOptions = ReturnType<Program['opts']>;

/** The options of a command, inferred from the function that defines it. */
export type OptionsOf<D extends (...parents: never[]) => { optsWithGlobals: () => unknown }> = ReturnType<
  ReturnType<D>['optsWithGlobals']
>;
