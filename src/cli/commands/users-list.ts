import { Option } from '@commander-js/extra-typings';
import { authentications, listUsers } from '../../accounts/users.ts';
import { userPrivileges } from '../../core/privileges.ts';
import { inDatabase } from '../context.ts';
import type { Group } from '../globals.ts';
import { textOrJson } from '../option-values.ts';
import { printList } from '../output.ts';
import { userList } from '../shown.ts';

export const addUsersList = (users: Group) =>
  users
    .command('list')
    .description('list users, or only those that match')
    .addOption(new Option('--authentication <kind>', 'with this authentication').choices(authentications))
    .addOption(new Option('-p, --privilege <name>', 'with this privilege').choices(userPrivileges))
    .option('-a, --address <address>', 'with this address')
    .option('--gone', 'gone from the directory, but kept')
    .addOption(textOrJson())
    .addHelpText('after', '\nExample:\n  rollcall users list --privilege admin')
    .action(async (_, command) => {
      const options = command.optsWithGlobals();
      const { authentication, privilege, address, gone } = options;
      const filter = { authentication, privilege, address, gone };
      const found = await inDatabase(options, 'read', (db) => listUsers(db, filter));
      await printList('users list', found, options.format, userList);
    });
