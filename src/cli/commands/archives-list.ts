import { listArchives } from '../../accounts/archives.ts';
import { inDatabase } from '../context.ts';
import type { Group } from '../globals.ts';
import { textOrJson } from '../option-values.ts';
import { printList } from '../output.ts';
import { archiveList, shownArchive } from '../shown.ts';

export const addArchivesList = (archives: Group) =>
  archives
    .command('list')
    .description('list archives with their owners and message counts')
    .addOption(textOrJson())
    .addHelpText('after', '\nExample:\n  rollcall archives list')
    .action(async (_, command) => {
      const options = command.optsWithGlobals();
      const found = await inDatabase(options, 'read', (db) => listArchives(db));
      await printList('archives list', found.map(shownArchive), options.format, archiveList);
    });
