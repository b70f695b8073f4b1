import { removeUser } from '../../accounts/change-users.ts';
import { recordUser } from '../../accounts/record-manual.ts';
import { count, visible } from '../../core/printable.ts';
import { inDatabase } from '../context.ts';
import type { Group } from '../globals.ts';
import { say } from '../output.ts';

export const addUsersRemove = (users: Group) =>
  users
    .command('remove')
    .description('remove a user; their archive stays if it holds mail')
    .argument('<user>')
    .addHelpText('after', '\nExample:\n  rollcall users remove john.doe')
    .action(async (userName, _, command) => {
      const { user, left } = await inDatabase(command.optsWithGlobals(), 'write', (db, { store }) =>
        recordUser(db, { actor: store.actor, command: 'users remove' }, userName, () =>
          removeUser(db, userName),
        ),
      );
      const archive =
        left > 0 ? ` The archive stays without an owner: it holds ${count(left, 'message')}.` : '';
      const again =
        user.authentication === 'directoryServices'
          ? ' If the directory lists them, the next run creates them again; a rule in scope.exclude prevents that.'
          : '';
      await say(`Removed ${visible(user.userName)}.${archive}${again}`);
    });
