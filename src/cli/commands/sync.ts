import { optionalMembers } from '../../core/entry.ts';
import { RollcallError } from '../../core/errors.ts';
import type { Limits } from '../../core/limits.ts';
import { changesOf, type RunResult } from '../../core/plan.ts';
import { count } from '../../core/printable.ts';
import { Spool } from '../../files/spool.ts';
import { printItems, type Format, type Header, type Summary } from '../../report/format.ts';
import { formats } from '../../report/formats.ts';
import { blockText } from '../../report/words.ts';
import { sync, type RunObserver } from '../../sync/run.ts';
import { version } from '../../files/assets.ts';
import { withStore } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Group, OptionsOf } from '../globals.ts';
import { nextCommand } from '../next-command.ts';
import { collect, collectMembers, limit, overlap, planFormat } from '../option-values.ts';
import { endOf } from '../output.ts';
import { Sink } from '../sink.ts';

/** The options that both modes share. */
const define = (sync: Group, mode: 'test' | 'now') =>
  sync
    .command(mode)
    .addOption(planFormat())
    .option('-o, --output <file>', 'write the result to a file')
    .option('--all', 'show every change, however many there are')
    .option(
      '--max-deletes <n>',
      'allow up to this many deletions in this run: a number, or a percentage such as 15%',
      limit,
    )
    .option('--max-updates <n>', 'allow up to this many updates in this run', limit)
    .option('--max-renames <n>', 'allow up to this many renames in this run', limit)
    .option('--max-creates <n>', 'allow up to this many new users in this run', limit)
    .option(
      '--min-overlap <p>',
      'the share of stored users that this run must find again, such as 30%',
      overlap,
    )
    .option(
      '--accept-missing <member>',
      `allow a first import in which no entry has this member: ${optionalMembers.join(', ')}`,
      collectMembers,
    )
    .option(
      '--same <name>',
      'this entry in doubt is the same person; a pattern such as *.doe answers for several',
      collect,
    )
    .option('--new <name>', 'this entry in doubt is another person, who starts with nothing', collect)
    .option('--strict', `exit with ${exitCodes.skipped.code} if entries were skipped or are in doubt`);

type Options = OptionsOf<typeof define> & { exitCode?: true | undefined };

export function addSync(group: Group): void {
  define(group, 'test')
    .description('show what a synchronization would change, without changing anything')
    .option('--exit-code', `exit with ${exitCodes.pending.code} if there are changes`)
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
export async function runSync(
  mode: 'test' | 'now',
  options: Options,
  next = nextCommand(options),
): Promise<void> {
  await withStore(options, async ({ config, store, terminal, signal }) => {
    const { openDirectory } = await import('../../directory/application-integration/open-directory.ts');
    const directory = openDirectory(config.directory);
    const sink = await Sink.open(options.output, { config: config.file });
    const spool = await Spool.create();
    const format = (await formats[options.format]())(await terminal.paint(options.output !== undefined));
    const most = options.all === true || format.isForMachines ? null : 20;
    const progress = await terminal.progress();
    const settings = {
      ...config,
      version,
      limits: limitsOf(config.limits, options),
      acceptMissing: options.acceptMissing ?? [],
      answers: { same: options.same ?? [], new: options.new ?? [] },
    };
    const header: Header = {
      command: `sync ${mode}`,
      mode,
      version,
      startedAt: store.actor.since,
      directory: directory.name,
      database: store.name,
      plan: null,
      record: null,
    };
    const observer: RunObserver = {
      received: (bytes) => progress(`receiving: ${(bytes / 1e6).toFixed(1)} MB`),
      retrying: (reason, left) => terminal.warn(`${reason}; retrying (${count(left, 'try', 'tries')} left)`),
      read: (entries) => progress(`reading: ${count(entries, 'entry', 'entries')}`),
      compares: (by) => terminal.tell(comparisons[by]),
      step: (name) => progress(name),
      // Spooled, and printed after the transaction: a slow reader must not keep it open.
      plan: async ({ counts }, items) => {
        for await (const piece of printItems(format, items(most), counts, most)) {
          await spool.write(Buffer.from(piece));
        }
        await spool.flush();
      },
    };
    try {
      const result = await sync(settings, directory, store, mode === 'now', observer, signal);
      progress(null);
      const end = endOf(outcomeOf(result, options));
      const durationMs = Date.now() - header.startedAt.getTime();
      const { run } = result;
      await print(sink, format, header, spool, {
        ...result,
        ...header,
        ...end,
        durationMs,
        next,
        committed: run !== null,
      });
      // The mail that cron sends contains only standard error.
      if (options.output !== undefined) {
        for (const block of result.blocks) terminal.fail(`blocked: ${blockText(block)}`);
      }
      process.exitCode = end.exitCode;
    } finally {
      progress(null);
      await spool.close();
      await sink.abandon();
    }
  });
}

const comparisons = {
  fingerprints:
    'fingerprints tell which entries equal their stored user; only the others are compared in the database',
  everything:
    'the server computes other fingerprints than rollcall, so every entry is compared in the database',
};

async function print(
  sink: Sink,
  format: Format,
  header: Header,
  items: Spool,
  summary: Summary,
): Promise<void> {
  try {
    await sink.write(format.header(header));
    for await (const piece of items.read()) await sink.write(piece);
    await sink.write(format.summary(summary));
    await sink.close();
  } catch (error) {
    const { run } = summary;
    if (run === null || !(error instanceof RollcallError)) throw error;
    throw new RollcallError(
      error.outcome,
      `run ${run} was committed, but ${error.message}; "rollcall history ${run}" shows it`,
    );
  }
}

/** Options for one run replace the configured limits. */
function limitsOf(configured: Limits, options: Options): Limits {
  return {
    deletions: options.maxDeletes ?? configured.deletions,
    updates: options.maxUpdates ?? configured.updates,
    renames: options.maxRenames ?? configured.renames,
    creations: options.maxCreates ?? configured.creations,
    overlap: options.minOverlap ?? configured.overlap,
  };
}

function outcomeOf({ counts, blocks }: RunResult, { strict, exitCode }: Options) {
  if (blocks.length > 0) return 'blocked';
  if (strict === true && counts.skipped + counts.doubts > 0) return 'skipped';
  return exitCode === true && changesOf(counts) > 0 ? 'pending' : 'done';
}
