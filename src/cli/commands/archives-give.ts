import { giveArchive } from '../../accounts/archives.ts';
import { recordArchive } from '../../accounts/record-manual.ts';
import { count, visible } from '../../core/printable.ts';
import { inDatabase } from '../context.ts';
import type { Group } from '../globals.ts';
import { say } from '../output.ts';

export const addArchivesGive = (archives: Group) =>
  archives
    .command('give')
    .description('give an archive without an owner to a user, or add its mail to the archive they have')
    .argument('<name>')
    .argument('<user>')
    .addHelpText('after', "\nExample:\n  rollcall archives give 'john.doe (until 2026-11-25)' john.doe")
    .action(async (name, userName, _, command) => {
      const { archive, messages, accessEnded, accessGained } = await inDatabase(
        command.optsWithGlobals(),
        'write',
        (db, { config, store }) =>
          recordArchive(
            db,
            { actor: store.actor, command: 'archives give' },
            [name, userName],
            () => giveArchive(db, name, userName, config.defaultPrivileges.archive),
            (given) => given.archive,
          ),
      );
      const now = `${messages === 1 ? 'is' : 'are'} now in the archive ${visible(archive)} of ${visible(userName)}`;
      await say(
        [
          `${count(messages, 'message')} from ${visible(name)} ${now}.`,
          ...(accessEnded.length > 0
            ? [`No longer readable by ${accessEnded.map(visible).join(', ')}.`]
            : []),
          ...(accessGained.length > 0
            ? [`Now also readable by ${accessGained.map(visible).join(', ')}.`]
            : []),
        ].join(' '),
      );
    });
