import { findUser } from '../../accounts/users.ts';
import { inDatabase } from '../context.ts';
import type { Group } from '../globals.ts';
import { textOrJson } from '../option-values.ts';
import { printList } from '../output.ts';
import { userList } from '../shown.ts';

export const addUsersShow = (users: Group) =>
  users
    .command('show')
    .description('show one user')
    .argument('<user>')
    .addOption(textOrJson())
    .addHelpText('after', '\nExample:\n  rollcall users show john.doe --format json')
    .action(async (userName, _, command) => {
      const options = command.optsWithGlobals();
      const user = await inDatabase(options, 'read', (db) => findUser(db, userName));
      await printList('users show', [user], options.format, userList);
    });
