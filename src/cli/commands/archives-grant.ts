import { Argument } from '@commander-js/extra-typings';
import { grantAccess } from '../../accounts/archives.ts';
import { recordArchive } from '../../accounts/record-manual.ts';
import { visible } from '../../core/printable.ts';
import { archivePrivileges } from '../../core/privileges.ts';
import { expectPrivileges } from '../by-hand.ts';
import { inDatabase } from '../context.ts';
import type { Group } from '../globals.ts';
import { offering } from '../option-values.ts';
import { say } from '../output.ts';

export const addArchivesGrant = (archives: Group) =>
  archives
    .command('grant')
    .description('set what a user may do with an archive')
    .argument('<name>')
    .argument('<user>')
    .addArgument(offering(new Argument('<privilege...>', 'what the user may do'), archivePrivileges))
    .addHelpText('after', '\nExample:\n  rollcall archives grant john.doe jane.roe read write')
    .action(async (name, userName, privileges, _, command) => {
      expectPrivileges(privileges, archivePrivileges);
      await inDatabase(command.optsWithGlobals(), 'write', (db, { store }) =>
        recordArchive(
          db,
          { actor: store.actor, command: 'archives grant' },
          [name, userName],
          () => grantAccess(db, name, userName, privileges),
          () => name,
        ),
      );
      await say(`${visible(userName)} now has ${privileges.join(', ')} on ${visible(name)}.`);
    });
