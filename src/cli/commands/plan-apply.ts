import { applySaved } from '../../sync/apply-saved.ts';
import { version } from '../../files/assets.ts';
import { attempted, type Watched } from '../attempted.ts';
import type { Context } from '../context.ts';
import type { Group, OptionsOf } from '../globals.ts';
import {
  acceptMissing,
  limitsOf,
  maxAge,
  maxCreates,
  maxDeletes,
  maxRenames,
  maxUpdates,
  minOverlap,
  planFormat,
  quietUnchanged,
  resultFile,
  showAll,
  strict,
} from '../option-values.ts';
import { printRun, type PrintedRun } from '../print-run.ts';
import { SavedFile } from '../saved-file.ts';

const define = (plan: Group) =>
  plan
    .command('apply')
    .description('do exactly what a saved plan shows, or nothing; the directory is not asked')
    .argument('<file>', 'a file of "rollcall sync test --save"')
    .addOption(planFormat())
    .option(...resultFile)
    .option(...showAll)
    .option(...quietUnchanged)
    .addOption(maxAge())
    .addOption(maxDeletes())
    .addOption(maxUpdates())
    .addOption(maxRenames())
    .addOption(maxCreates())
    .addOption(minOverlap())
    .addOption(acceptMissing())
    .option(...strict)
    .addHelpText('after', '\nExample:\n  rollcall plan apply plan.jsonl');

export const addPlanApply = (plan: Group) =>
  define(plan).action((file, _, command) => applyPlanFile(file, command.optsWithGlobals()));

/** `rollcall plan apply`. */
export async function applyPlanFile(file: string, options: OptionsOf<typeof define>): Promise<void> {
  await attempted(options, 'plan apply', (context, watched) => applyFile(file, options, context, watched));
}

async function applyFile(
  file: string,
  options: OptionsOf<typeof define>,
  context: Context,
  watched: Watched,
): Promise<PrintedRun> {
  const { config, store, signal } = context;
  const plan = await SavedFile.open(file);
  try {
    const settings = {
      ...config,
      ...{ version, limits: limitsOf(config.limits, options), maxAge: options.maxAge },
      acceptMissing: options.acceptMissing ?? [],
    };
    const { about, items, rows } = plan;
    const { directory, database } = plan.header;
    const { digest, undoes } = about;
    const mode = undoes === null ? ('now' as const) : ('undo' as const);
    const header = { command: 'plan apply', mode, directory, plan: digest, undoes };
    const printed = await printRun(context, options, { ...header, next: null }, (observer) =>
      applySaved({ about, items, rows, directory, database }, settings, store, watched(observer), signal),
    );
    return { ...printed, listedAt: undoes === null ? about.createdAt : null };
  } finally {
    await plan.close();
  }
}
