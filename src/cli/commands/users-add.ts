import { Option } from '@commander-js/extra-typings';
import { addUser } from '../../accounts/change-users.ts';
import { hashPassword } from '../../accounts/password-hash.ts';
import { recordUser } from '../../accounts/record-manual.ts';
import { visible } from '../../core/printable.ts';
import { userPrivileges } from '../../core/privileges.ts';
import { askNewPassword } from '../ask-password.ts';
import { expectPrivileges, readByHand } from '../by-hand.ts';
import { inDatabase } from '../context.ts';
import type { Group, OptionsOf } from '../globals.ts';
import { offering, passwordStdin } from '../option-values.ts';
import { say } from '../output.ts';
import { asideText } from '../shown.ts';
import { Terminal } from '../terminal.ts';

const define = (users: Group) =>
  users
    .command('add')
    .description('add an integrated user, whom no run ever changes')
    .argument('<user>')
    .option('--full-name <name>')
    .option('-a, --address <address...>', 'email addresses, the primary one first')
    .addOption(offering(new Option('-p, --privilege <name...>', 'what they may do'), userPrivileges))
    .option(...passwordStdin)
    .addHelpText('after', '\nExample:\n  rollcall users add root --privilege admin');

export const addUsersAdd = (users: Group) =>
  define(users).action((userName, _, command) => add(userName, command.optsWithGlobals()));

async function add(userName: string, options: OptionsOf<typeof define>): Promise<void> {
  const { emailAddresses = [], fullName = null, name } = readByHand(userName, options);
  const { privilege: privileges = ['login'] } = options;
  expectPrivileges(privileges, userPrivileges);
  const password = await askNewPassword(
    options.passwordStdin === true,
    `Password for ${visible(name)}`,
    new Terminal(options),
  );
  const passwordHash = await hashPassword(password);
  const user = { emailAddresses, fullName, privileges, passwordHash };
  const aside = await inDatabase(options, 'write', (db, { config, store }) =>
    recordUser(db, { actor: store.actor, command: 'users add' }, name, () =>
      addUser(db, name, user, config.defaultPrivileges.archive),
    ),
  );
  await say(`Added ${visible(name)}.${asideText(aside, name)}`);
}
