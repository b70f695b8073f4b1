import { count } from '../../core/printable.ts';
import { pruneHistory } from '../../sync/prune-history.ts';
import { inDatabase } from '../context.ts';
import type { Group } from '../globals.ts';
import { age, textOrJson } from '../option-values.ts';
import { printJson, say } from '../output.ts';

export const addHistoryPrune = (history: Group) =>
  history
    .command('prune')
    .description('keep one run a day of old runs without changes, and remove old attempts')
    .requiredOption('--keep <time>', 'leave alone what is younger, such as 400d', age)
    .option('--dry-run', 'show what would be removed, without removing it')
    .addOption(textOrJson())
    .addHelpText('after', '\nExample:\n  rollcall history prune --keep 400d --dry-run')
    .action(async (_, command) => {
      const { keep, dryRun = false, format, ...options } = command.optsWithGlobals();
      const pruned = await inDatabase(options, dryRun ? 'read' : 'write', (db) =>
        pruneHistory(db, keep, !dryRun),
      );
      if (format === 'json') return printJson('history prune', [{ type: 'prune', dryRun, ...pruned }]);
      const { runs, attempts, kept } = pruned;
      const what = `${count(runs, 'run')} without changes and ${count(attempts, 'attempt')}`;
      await say(
        dryRun
          ? `Would remove ${what}; ${count(kept, 'run')} would stay. Nothing was removed.`
          : `Removed ${what}; ${count(kept, 'run')} stay${kept === 1 ? 's' : ''}.`,
      );
    });
