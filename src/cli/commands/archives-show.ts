import { findArchive } from '../../accounts/archives.ts';
import { inDatabase } from '../context.ts';
import type { Group } from '../globals.ts';
import { textOrJson } from '../option-values.ts';
import { printList } from '../output.ts';
import { archiveList, shownArchive } from '../shown.ts';

export const addArchivesShow = (archives: Group) =>
  archives
    .command('show')
    .description('show one archive')
    .argument('<name>')
    .addOption(textOrJson())
    .addHelpText('after', '\nExample:\n  rollcall archives show john.doe --format json')
    .action(async (name, _, command) => {
      const options = command.optsWithGlobals();
      const archive = await inDatabase(options, 'read', (db) => findArchive(db, name));
      await printList('archives show', [shownArchive(archive)], options.format, archiveList);
    });
