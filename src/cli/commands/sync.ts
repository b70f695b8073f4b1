import { shellWord } from '../../core/printable.ts';
import { version } from '../../files/assets.ts';
import { sync } from '../../sync/run.ts';
import { attempted, unwatched, type Watched } from '../attempted.ts';
import { withStore, type Context } from '../context.ts';
import { directoryOf } from '../directory-of.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Group, OptionsOf } from '../globals.ts';
import { nextCommand } from '../next-command.ts';
import {
  acceptMissing,
  collect,
  limitsOf,
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
import { printRun } from '../print-run.ts';

/** The options that both modes share. */
const define = (sync: Group, mode: 'test' | 'now') =>
  sync
    .command(mode)
    .addOption(planFormat())
    .option(...resultFile)
    .option(...showAll)
    .option(...quietUnchanged)
    .addOption(maxDeletes())
    .addOption(maxUpdates())
    .addOption(maxRenames())
    .addOption(maxCreates())
    .addOption(minOverlap())
    .addOption(acceptMissing())
    .option(
      '--same <name>',
      'this entry in doubt is the same person; a pattern such as *.doe answers for several',
      collect,
    )
    .option('--new <name>', 'this entry in doubt is another person, who starts with nothing', collect)
    .option(...strict);

type Options = OptionsOf<typeof define> & {
  exitCode?: true | undefined;
  listing?: string | undefined;
  save?: string | undefined;
};

export function addSync(group: Group): void {
  define(group, 'test')
    .description('show what a synchronization would change, without changing anything')
    .option('--exit-code', `exit with ${exitCodes.pending.code} if there are changes`)
    .option('--listing <file>', 'try a listing in a file (- for standard input) instead of the directory')
    .option('--save <file>', 'save the plan, for "rollcall plan show" and "rollcall plan apply"')
    .addHelpText('after', '\nExample:\n  rollcall sync test --exit-code')
    .action((_, command) => runSync('test', command.optsWithGlobals()));
  define(group, 'now')
    .description('synchronize: make the changes that sync test shows')
    .addHelpText('after', '\nExample:\n  rollcall sync now --format json --output changes.jsonl')
    .action((_, command) => runSync('now', command.optsWithGlobals()));
}

/**
 * `rollcall sync test` and `rollcall sync now`.
 *
 * @param next the command that a test suggests; by default the same command line with `now`
 */
export async function runSync(mode: 'test' | 'now', options: Options, next = nextOf(options)): Promise<void> {
  const run = async (context: Context, watched: Watched) => {
    const { config, store, signal } = context;
    const { openDirectory } = await import('../../directory/open-directory.ts');
    const directory = openDirectory(directoryOf(config, options.listing));
    const settings = {
      ...config,
      version,
      limits: limitsOf(config.limits, options),
      acceptMissing: options.acceptMissing ?? [],
      answers: { same: options.same ?? [], new: options.new ?? [] },
    };
    const header = { command: `sync ${mode}`, mode, directory: directory.name };
    return printRun(context, options, { ...header, next }, (observer) =>
      sync(settings, directory, store, mode === 'now', watched(observer), signal),
    );
  };
  if (mode === 'now') await attempted(options, 'sync now', run);
  else await withStore(options, (context) => run(context, unwatched));
}

/** What a test suggests. What a file lists is never committed directly: sync now always asks the directory. */
function nextOf(options: Options): string | null {
  if (options.save !== undefined) return nextCommand(`plan apply ${shellWord(options.save)}`, options);
  return options.listing === undefined ? nextCommand('sync now', options) : null;
}
