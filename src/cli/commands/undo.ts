import { version } from '../../files/assets.ts';
import { shellWord } from '../../core/printable.ts';
import { attempted, unwatched, type Watched } from '../attempted.ts';
import { withStore, type Context } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Group, OptionsOf } from '../globals.ts';
import { nextCommand } from '../next-command.ts';
import {
  limitsOf,
  maxCreates,
  maxDeletes,
  maxRenames,
  maxUpdates,
  planFormat,
  positive,
  quietUnchanged,
  resultFile,
  showAll,
} from '../option-values.ts';
import { printRun } from '../print-run.ts';

/** The options that both modes share. */
const define = (undo: Group, mode: 'test' | 'now') =>
  undo
    .command(mode)
    .argument('<run>', 'the number of a run, as "rollcall history" lists it', positive)
    .addOption(planFormat())
    .option(...resultFile)
    .option(...showAll)
    .option(...quietUnchanged)
    .addOption(maxDeletes())
    .addOption(maxUpdates())
    .addOption(maxRenames())
    .addOption(maxCreates());

type Options = OptionsOf<typeof define> & { exitCode?: true | undefined; save?: string | undefined };

export function addUndo(group: Group): void {
  define(group, 'test')
    .description('show what taking a run back would change, without changing anything')
    .option('--exit-code', `exit with ${exitCodes.pending.code} if there are changes`)
    .option('--save <file>', 'save the plan, for "rollcall plan show" and "rollcall plan apply"')
    .addHelpText('after', '\nExample:\n  rollcall undo test 12')
    .action((run, _, command) => runUndo('test', run, command.optsWithGlobals()));
  define(group, 'now')
    .description('take a run back: restore what it changed, but for what was changed since')
    .addHelpText('after', '\nExample:\n  rollcall undo now 12')
    .action((run, _, command) => runUndo('now', run, command.optsWithGlobals()));
}

/** `rollcall undo test` and `rollcall undo now`. */
export async function runUndo(mode: 'test' | 'now', undone: number, options: Options): Promise<void> {
  const run = async (context: Context, watched: Watched) => {
    const { config, store, signal } = context;
    const { undo } = await import('../../sync/undo-run.ts');
    const settings = { ...config, version, limits: limitsOf(config.limits, options) };
    const command =
      options.save === undefined ? `undo now ${undone}` : `plan apply ${shellWord(options.save)}`;
    const next = mode === 'test' ? nextCommand(command, options) : null;
    const header = { command: `undo ${mode}`, mode: 'undo' as const, directory: null, undoes: undone };
    return printRun(context, options, { ...header, next }, (observer) =>
      undo(undone, settings, store, mode === 'now', watched(observer), signal),
    );
  };
  if (mode === 'now') await attempted(options, 'undo now', run);
  else await withStore(options, (context) => run(context, unwatched));
}
