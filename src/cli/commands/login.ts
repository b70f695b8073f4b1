import { RollcallError } from '../../core/errors.ts';
import { visible } from '../../core/printable.ts';
import { askPassword } from '../ask-password.ts';
import { checkpassword } from '../checkpassword.ts';
import { withStore } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import type { GlobalOptions, Group, OptionsOf } from '../globals.ts';
import { passwordStdin, textOrJson } from '../option-values.ts';
import { log } from '../log.ts';
import { printJson, say } from '../output.ts';

const define = (login: Group) =>
  login
    .argument('[words...]', 'the user name; with --checkpassword, the program to run and its arguments')
    .option(...passwordStdin)
    .option('--checkpassword', 'use the checkpassword protocol, for Dovecot and others')
    .addOption(textOrJson())
    .addHelpText(
      'after',
      `\nExits with 0 if the login is accepted, and with ${exitCodes.rejected.code} if it is rejected.\n` +
        '\nExamples:\n  rollcall login john.doe\n  rollcall login --checkpassword /usr/lib/dovecot/checkpassword-reply',
    );

export const addLogin = (command: Group) =>
  define(command).action((words, _, command) => {
    const options = command.optsWithGlobals();
    return options.checkpassword === true
      ? checkpassword(words, (userName, password) => verify(userName, password, options))
      : login(words, options);
  });

async function login([userName, ...more]: string[], options: OptionsOf<typeof define>): Promise<void> {
  if (userName === undefined || more.length > 0)
    throw new RollcallError('usage', 'login needs exactly one user name');
  const password = await askPassword(options.passwordStdin === true, `Password for ${visible(userName)}`);
  const { accepted } = await verify(userName, password, options);
  if (options.format === 'json') {
    await printJson('login', [{ type: 'login', accepted }], accepted ? 'done' : 'rejected');
  } else if (accepted) await say('accepted');
  if (accepted) return;
  process.exitCode = exitCodes.rejected.code;
  // The same message for every reason, so that it reveals nothing.
  log('error', 'the login was rejected');
}

async function verify(userName: string, password: string, options: GlobalOptions) {
  const { verifyLogin } = await import('../../accounts/verify-login.ts');
  const { openDirectory } = await import('../../directory/open-directory.ts');
  return withStore(options, async ({ config, store, terminal, signal }) => {
    const directory = openDirectory(config.directory);
    const verdict = await verifyLogin(store, directory, userName, password, signal, config.options);
    if (!verdict.accepted) terminal.tell(`rejected: ${verdict.reason}`);
    return verdict;
  });
}
