import { renameUser } from '../../accounts/change-users.ts';
import { recordUser } from '../../accounts/record-manual.ts';
import { visible } from '../../core/printable.ts';
import { readByHand } from '../by-hand.ts';
import { inDatabase } from '../context.ts';
import type { Group } from '../globals.ts';
import { say } from '../output.ts';
import { asideText } from '../shown.ts';

export const addUsersRename = (users: Group) =>
  users
    .command('rename')
    .description('rename a user and their archive')
    .argument('<user>')
    .argument('<name>')
    .addHelpText('after', '\nExample:\n  rollcall users rename john.doe john.smith')
    .action(async (userName, newName, _, command) => {
      const { name } = readByHand(newName, {});
      const { user, aside } = await inDatabase(command.optsWithGlobals(), 'write', (db, { store }) =>
        recordUser(db, { actor: store.actor, command: 'users rename' }, userName, () =>
          renameUser(db, userName, name),
        ),
      );
      const next =
        user.authentication === 'directoryServices'
          ? ` The next run matches them with the directory entry ${visible(name)}, or renames them again if their distinguished name is listed under another name; if the directory lists neither, they count as gone.`
          : '';
      await say(`Renamed ${visible(user.userName)} to ${visible(name)}.${next}${asideText(aside, name)}`);
    });
