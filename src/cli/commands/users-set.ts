import { Option } from '@commander-js/extra-typings';
import { changeUser, type UserChange } from '../../accounts/change-users.ts';
import { hashPassword } from '../../accounts/password-hash.ts';
import { recordUser } from '../../accounts/record-manual.ts';
import { authentications } from '../../accounts/users.ts';
import { RollcallError } from '../../core/errors.ts';
import { visible } from '../../core/printable.ts';
import { userPrivileges } from '../../core/privileges.ts';
import { askNewPassword } from '../ask-password.ts';
import { expectPrivileges, readByHand } from '../by-hand.ts';
import { inDatabase } from '../context.ts';
import type { Group, OptionsOf } from '../globals.ts';
import { offering, passwordStdin } from '../option-values.ts';
import { say } from '../output.ts';
import { Terminal } from '../terminal.ts';

const define = (users: Group) =>
  users
    .command('set')
    .description('change a user; for a directory user, only privileges and authentication')
    .argument('<user>')
    .option('--full-name <name>')
    .option('-a, --address <address...>', 'email addresses, the primary one first')
    .addOption(offering(new Option('-p, --privilege <name...>', 'what they may do'), userPrivileges))
    .option('--password', 'ask for a new password on the terminal')
    .option(...passwordStdin)
    .addOption(
      new Option('--authentication <kind>', 'make them a directory user or an integrated user').choices(
        authentications,
      ),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  rollcall users set john.doe --privilege login export\n  rollcall users set root --password',
    );

export const addUsersSet = (users: Group) =>
  define(users).action((userName, _, command) => set(userName, command.optsWithGlobals()));

async function set(userName: string, options: OptionsOf<typeof define>): Promise<void> {
  const { privilege: privileges, authentication, passwordStdin = false } = options;
  const { emailAddresses, fullName } = readByHand(userName, options);
  if (privileges) expectPrivileges(privileges, userPrivileges);
  const withPassword = options.password === true || passwordStdin;
  const password = withPassword
    ? await askNewPassword(passwordStdin, `New password for ${visible(userName)}`, new Terminal(options))
    : null;
  const change: UserChange = {
    ...(emailAddresses && { emailAddresses }),
    ...(fullName !== undefined && { fullName }),
    ...(privileges && { privileges }),
    ...(authentication && { authentication }),
    ...(password !== null && { passwordHash: await hashPassword(password) }),
  };
  if (Object.keys(change).length === 0)
    throw new RollcallError('usage', 'users set needs at least one option; see users set --help');
  const command = withPassword ? 'users set --password' : 'users set';
  await inDatabase(options, 'write', (db, { store: { actor } }) =>
    recordUser(db, { actor, command }, userName, () => changeUser(db, userName, change)),
  );
  await say(`Changed ${visible(userName)}.`);
}
