import type { Argument, CommandUnknownOpts, Option } from '@commander-js/extra-typings';

/** What a shell can offer for a value: words, the names of files, or the numbers of runs; null if it can offer nothing. */
export type Values = readonly string[] | 'files' | 'runs' | null;

export interface Valued {
  /** As the help writes it: `file` in `--config <file>`. */
  placeholder: string;
  isMany: boolean;
  values: Values;
}

export interface OptionSyntax {
  /** `-f` and `--format`, or one of them. */
  flags: string[];
  /** Null for an option without a value. */
  value: Valued | null;
  description: string;
}

export interface CommandSyntax {
  /** `sync test`; empty for rollcall itself. */
  path: string;
  commands: { name: string; description: string }[];
  options: OptionSyntax[];
  arguments: Valued[];
}

export interface Syntax {
  /** All that can be typed, but for the commands named `help`, whose words are commands. */
  commands: CommandSyntax[];
  /** The options of every command. */
  everywhere: OptionSyntax[];
  /** Matches a word after which a value must follow; an extended regular expression. */
  awaiting: string;
}

/** The command line as the shells need it. Hidden commands and options are left out. */
export function syntaxOf(program: CommandUnknownOpts): Syntax {
  const everywhere = optionsOf(program);
  const known = new Set(everywhere.flatMap(({ flags }) => flags));
  const commands = commandsOf(program).map(({ path, command }) => ({
    path,
    commands: subcommandsOf(command).map((sub) => ({
      name: sub.name(),
      description: sub.description(),
    })),
    options: optionsOf(command).filter(({ flags }) => !flags.every((flag) => known.has(flag))),
    arguments: command.registeredArguments.map(valueOfArgument),
  }));
  const all = [...everywhere, ...commands.flatMap(({ options }) => options)];
  return { commands, everywhere, awaiting: awaitingOf(all) };
}

/** rollcall and all of its commands, in the order of the help. */
export function commandsOf(
  command: CommandUnknownOpts,
  path = '',
): { path: string; command: CommandUnknownOpts }[] {
  const below = subcommandsOf(command)
    .filter((sub) => sub.name() !== 'help')
    .flatMap((sub) => commandsOf(sub, `${path} ${sub.name()}`.trim()));
  return [{ path, command }, ...below];
}

/** The paths of the commands that have commands and `help`. */
export const groupsOf = ({ commands }: Syntax): string[] =>
  commands
    .filter(({ path, commands }) => path !== '' && commands.some(({ name }) => name === 'help'))
    .map(({ path }) => path);

const subcommandsOf = (command: CommandUnknownOpts) => command.createHelp().visibleCommands(command);

const optionsOf = (command: CommandUnknownOpts) =>
  command.createHelp().visibleOptions(command).map(optionSyntax);

function optionSyntax(option: Option): OptionSyntax {
  const { short, long, flags, required, optional, variadic, argChoices, description } = option;
  const placeholder = /[<[](.+?)(\.\.\.)?[>\]]/.exec(flags)?.[1] ?? '';
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    value:
      required || optional
        ? { placeholder, isMany: variadic, values: valuesOf(placeholder, argChoices) }
        : null,
    description,
  };
}

const valueOfArgument = (argument: Argument): Valued => ({
  placeholder: argument.name(),
  isMany: argument.variadic,
  values: valuesOf(argument.name(), argument.argChoices),
});

function valuesOf(placeholder: string, choices: readonly string[] | undefined): Values {
  // The scripts split lists of words at blanks.
  const odd = choices?.find((choice) => !/^[\w.-]+$/.test(choice));
  if (odd !== undefined) throw new Error(`a shell cannot offer the choice ${odd}`);
  if (choices !== undefined) return choices;
  if (placeholder === 'file' || placeholder === 'path') return 'files';
  return placeholder === 'run' ? 'runs' : null;
}

/** The shells look for the command among the words before they know its options, so a flag must mean the same everywhere. */
function awaitingOf(options: OptionSyntax[]): string {
  const flagsOf = (some: OptionSyntax[]) => [...new Set(some.flatMap(({ flags }) => flags))].sort();
  const valued = flagsOf(options.filter(({ value }) => value !== null));
  const others = flagsOf(options.filter(({ value }) => value === null));
  const torn = valued.find((flag) => others.includes(flag));
  if (torn !== undefined) throw new Error(`${torn} takes a value with one command, and none with another`);
  const isLong = (flag: string) => flag.startsWith('--');
  const letters = (flags: string[]) =>
    flags
      .filter((flag) => !isLong(flag))
      .map((flag) => flag.slice(1))
      .join('');
  return `^(${valued.filter(isLong).join('|')}|-[${letters(others)}]*[${letters(valued)}])$`;
}
