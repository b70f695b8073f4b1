import { RollcallError } from '../../core/errors.ts';
import { protocolMembers, type Members } from '../../core/members.ts';
import { visible } from '../../core/printable.ts';
import type { ServerSettings } from '../../directory/application-integration/password.ts';
import { askPassword } from '../ask-password.ts';
import { loadConfiguration } from '../context.ts';
import type { Group, OptionsOf } from '../globals.ts';
import { passwordStdin, textOrJson } from '../option-values.ts';
import { listenForSignals } from '../signals.ts';
import { Terminal } from '../terminal.ts';

const define = (directory: Group) =>
  directory
    .command('check')
    .description('grade a directory against the protocol, with what to do about each finding')
    .argument(
      '[url]',
      'checked with the defaults and without a service password, instead of the configured one',
    )
    .option('--login <name>', 'also log on as this user; asks for the password on the terminal')
    .option(...passwordStdin)
    .addOption(textOrJson())
    .addHelpText(
      'after',
      '\nIt needs no database, and changes nothing. Exits with 1 if a check failed; warnings are not failures.\n' +
        '\nExamples:\n  rollcall directory check\n  rollcall directory check http://127.0.0.1:8080/ --login john.doe',
    );

type Options = OptionsOf<typeof define>;

export const addDirectoryCheck = (directory: Group) =>
  define(directory).action((url, _, command) => check(url, command.optsWithGlobals()));

async function check(url: string | undefined, options: Options): Promise<void> {
  const { login, format } = options;
  const terminal = new Terminal(options);
  if (options.passwordStdin === true && login === undefined)
    throw new RollcallError('usage', '--password-stdin needs --login');
  if (login?.trim() === '') throw new RollcallError('usage', '--login needs a user name');
  const { directory, members } =
    url === undefined ? await configured(options, terminal) : await given(url, options);
  const user =
    login === undefined
      ? null
      : {
          userName: login,
          password: await askPassword(options.passwordStdin === true, `Password for ${visible(login)}`),
        };
  if (user?.password === '') throw new RollcallError('usage', 'the password must not be empty');
  const { checkDirectory } = await import('../../health/directory-check/check-directory.ts');
  const { printFindings } = await import('../print-findings.ts');
  const interruption = listenForSignals();
  try {
    const findings = checkDirectory(directory, members, user, interruption.signal);
    await printFindings('directory check', format, findings, terminal);
  } finally {
    interruption.stop();
  }
}

interface Checked {
  directory: ServerSettings;
  members: Members;
}

async function configured(options: Options, terminal: Terminal): Promise<Checked> {
  const { directory, members } = await loadConfiguration(options, terminal);
  if ('url' in directory) return { directory, members };
  throw new RollcallError(
    'usage',
    'directory check is for servers, and the configuration has directory.file; "rollcall sync test" reads that',
  );
}

/** A URL on the command line never gets the secrets of a configuration. */
async function given(url: string, { config }: Options): Promise<Checked> {
  if (config !== undefined)
    throw new RollcallError('usage', 'a URL is checked without a configuration; leave out one of them');
  const { directoryAt } = await import('../../config/directory-at.ts');
  return { directory: await directoryAt(url), members: protocolMembers };
}
