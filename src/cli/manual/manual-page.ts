import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { keywords } from '../../connection/keywords.ts';
import { exitCodes } from '../exit-codes.ts';
import { bold, example, paragraph, plain, section, subsection, term, usage } from './roff.ts';
import { commandsOf } from './syntax.ts';

/** What the page says besides the help. */
export interface Edition {
  version: string;
  homepage: string;
  /** `2026-11-25` */
  date: string;
}

/** The manual page rollcall(1), in the macros that both groff and mandoc know. */
export function manualPage(program: CommandUnknownOpts, { version, homepage, date }: Edition): string {
  const summary = program.description().replace(/\.$/, '');
  const parts = [
    `.TH ROLLCALL 1 ${date} "rollcall ${plain(version)}" "User Commands"`,
    // Nothing is hyphenated: half of a name cannot be searched for.
    '.nh',
    section('NAME', `rollcall \\- ${plain(summary.charAt(0).toLowerCase() + summary.slice(1))}`),
    section('SYNOPSIS', `${bold('rollcall')} [\\fIoptions\\fR] \\fIcommand\\fR`),
    section('DESCRIPTION', ...description),
    section('COMMANDS', ...commandsOf(program).filter(isTyped).map(commandPart)),
    section('GLOBAL OPTIONS', 'They may stand before and behind a command.', ...optionTerms(program)),
    section('EXIT STATUS', ...Object.values(exitCodes).map(codeTerm)),
    section('FILES', ...files.map(([name, text]) => term(bold(name), plain(text)))),
    section('ENVIRONMENT', ...variables.map(([name, text]) => term(bold(name), plain(text)))),
    section('EXAMPLES', 'The first synchronization:', example(firstSteps)),
    section('SEE ALSO', `${bold('psql')}(1)`, paragraph(plain(`The documentation: ${homepage}`))),
  ];
  return `${parts.join('\n')}\n`;
}

const description = [
  plain(
    "rollcall fetches the list of people from the organization's directory, compares it with the user database, and shows the differences as a plan.",
  ),
  `${bold('rollcall sync test')} changes nothing. ${bold('rollcall sync now')} makes the changes that the test shows, all or none of them,`,
  'unless they exceed a limit.',
  paragraph('The result of a command goes to standard output, and everything else to standard error.'),
  `Options of a command stand behind its name. ${bold('rollcall')} \\fIcommand\\fR ${bold('--help')} shows what this page has of it.`,
];

const files: [string, string][] = [
  [
    'rollcall.yaml',
    'The configuration, in the current folder, if neither --config nor $ROLLCALL_CONFIG names a file.',
  ],
  [
    '/etc/rollcall/rollcall.yaml',
    'The configuration, if there is no rollcall.yaml in the current folder either.',
  ],
  [
    'rollcall-data/',
    'The embedded store, beside the configuration, if the configuration names no other user database.',
  ],
  ['/tmp/rollcall-UID/', 'The lock of a run, and small values that rollcall remembers for this user.'],
  ['~/.pgpass, ~/.postgresql/', 'Passwords and certificates for the user database, as psql reads them.'],
  ['~/.cache/rollcall/', 'Compiled code, which makes the start faster. Node 22 and newer use it.'],
];

const variables: [string, string][] = [
  ['ROLLCALL_CONFIG', 'The configuration, if --config names none.'],
  ['SUDO_UID', 'Set by sudo: whose rollcall.yaml root may find in the current folder, besides its own.'],
  ['NO_COLOR', 'Disables color, if it is not empty.'],
  ['FORCE_COLOR', 'Enables color where the output is not a terminal, unless it is 0 or false.'],
  ['TMPDIR', 'The folder for temporary files and locks, instead of /tmp.'],
  ['HOME', 'Where ~/.pgpass and ~/.postgresql/ are.'],
  [
    'STATE_DIRECTORY',
    'Set by systemd: where rollcall remembers what could not be told while the user database was away.',
  ],
  ['NODE_DEBUG', 'Must not be set, because Node would print passwords; rollcall then exits with 64.'],
  [
    Object.values(keywords)
      .flatMap(({ variable, refused, without, values }) =>
        without === undefined && (refused === undefined || values) ? (variable ?? []) : [],
      )
      .concat('PGREQUIRESSL')
      .join(', '),
    'What database.url leaves out, as for psql. Variables of psql that rollcall cannot obey are refused by name.',
  ],
];

export const firstSteps = [
  'rollcall init',
  'rollcall doctor',
  'rollcall sync test',
  'rollcall sync now',
  'rollcall history',
];

/** A group alone is no command. */
const isTyped = ({ path, command }: { path: string; command: CommandUnknownOpts }) =>
  path !== '' && (command.commands.length === 0 || command.registeredArguments.length > 0);

function commandPart({ command }: { command: CommandUnknownOpts }): string {
  const help = command.createHelp();
  return subsection(
    usage(help.commandUsage(command)),
    plain(sentence(command.description())),
    ...help
      .visibleArguments(command)
      .map((one) => term(`\\fI${plain(help.argumentTerm(one))}\\fR`, plain(help.argumentDescription(one)))),
    ...optionTerms(command),
    ...helpAfter(command).split(/\n\n+/).map(block),
  );
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function optionTerms(command: CommandUnknownOpts): string[] {
  const help = command.createHelp();
  const isOwn = command.parent === null;
  return help
    .visibleOptions(command)
    .filter(({ long }) => isOwn || long !== '--help')
    .map((option) => term(usage(help.optionTerm(option)), plain(help.optionDescription(option))));
}

/** Missing in the types of a command. */
interface Emitter {
  emit: (event: string, context: object) => unknown;
}

/** What the help says behind the options. */
function helpAfter(command: CommandUnknownOpts): string {
  let text = '';
  (command as CommandUnknownOpts & Emitter).emit('afterHelp', {
    error: false,
    command,
    write: (piece: string) => (text += piece),
  });
  return text.trim();
}

/** A paragraph of the help. Commands in it are indented. */
function block(text: string): string {
  const lines = text.split('\n');
  const code = lines.filter((line) => line.startsWith('  ')).map((line) => line.trim());
  const prose = lines.filter((line) => !line.startsWith('  ')).map(plain);
  return [paragraph(prose.join('\n')), ...(code.length > 0 ? [example(code)] : [])].join('\n');
}

const codeTerm = ({ code, meaning }: { code: number; meaning: string }) =>
  term(bold(String(code)), plain(sentence(meaning)));
