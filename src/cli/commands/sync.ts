import type { Config } from '../../config/config.ts';
import { optionalMembers } from '../../core/entry.ts';
import { RollcallError } from '../../core/errors.ts';
import type { Limits } from '../../core/limits.ts';
import { changesOf, type RunResult } from '../../core/plan.ts';
import { count } from '../../core/printable.ts';
import { Spool } from '../../files/spool.ts';
import { printItems, type Format, type Header, type Summary } from '../../report/format.ts';
import { blockText } from '../../report/words.ts';
import { sync, type RunObserver } from '../../sync/run.ts';
import type { DirectorySettings } from '../../directory/open-directory.ts';
import { version } from '../../files/assets.ts';
import { withStore } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Group, OptionsOf } from '../globals.ts';
import { nextCommand } from '../next-command.ts';
import { collect, collectMembers, limit, overlap, planFormat } from '../option-values.ts';
import { endOf } from '../output.ts';
import { Phases, receivedText } from '../phases.ts';
import { openFormat } from '../plan-format.ts';
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

type Options = OptionsOf<typeof define> & { exitCode?: true | undefined; listing?: string | undefined };

export function addSync(group: Group): void {
  define(group, 'test')
    .description('show what a synchronization would change, without changing anything')
    .option('--exit-code', `exit with ${exitCodes.pending.code} if there are changes`)
    .option('--listing <file>', 'try a listing in a file (- for standard input) instead of the directory')
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
  // What a file lists is never committed: sync now always asks the directory.
  next = options.listing === undefined ? nextCommand(options) : null,
): Promise<void> {
  await withStore(options, async ({ config, store, terminal, signal }) => {
    const { openDirectory } = await import('../../directory/open-directory.ts');
    const directory = openDirectory(directoryOf(config, options));
    const spool = await Spool.create();
    const isInFile = options.output !== undefined && options.output !== '-';
    const format = await openFormat(options.format, isInFile, terminal);
    const most = options.all === true || format.isForMachines ? null : 20;
    const phases = new Phases(terminal, await terminal.progress());
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
      startedAt: new Date(),
      directory: directory.name,
      database: store.name,
      plan: null,
      record: null,
    };
    const observer: RunObserver = {
      received: (bytes, size) => phases.at('receiving', receivedText(bytes, size)),
      retrying: (reason, left) => terminal.warn(`${reason}; retrying (${count(left, 'try', 'tries')} left)`),
      read: (entries) => phases.at('reading', count(entries, 'entry', 'entries')),
      compares: (by) => terminal.tell(comparisons[by]),
      step: (name) => phases.at(name),
      // Spooled, and printed after the transaction: a slow reader must not keep it open.
      plan: async ({ counts }, items) => {
        for await (const piece of printItems(format, items(most), counts, most)) {
          await spool.write(Buffer.from(piece));
        }
        await spool.flush();
      },
    };
    // The last, because what is opened is abandoned only below.
    const sink = await Sink.open(options.output, { config: config.file });
    try {
      phases.at('asking');
      const result = await sync(settings, directory, store, mode === 'now', observer, signal);
      phases.end();
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
      if (isInFile) {
        for (const block of result.blocks) terminal.fail(`blocked: ${blockText(block)}`);
      }
      process.exitCode = end.exitCode;
    } finally {
      phases.end();
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
      true,
    );
  }
}

/** The configured directory, or the file that stands in for it. */
function directoryOf({ directory }: Config, { listing }: Options): DirectorySettings {
  if (listing === undefined) return directory;
  const stdin = listing === '-' ? { stdin: process.stdin } : {};
  return { file: listing, ...stdin, maxSize: directory.maxSize, loginTimeout: 0 };
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
