import type { OptionalMember } from '../core/entry.ts';
import { exitCodes, RollcallError, type Outcome as Exit } from '../core/errors.ts';
import type { Limit, Limits, Overlap } from '../core/limits.ts';
import { changesOf } from '../core/plan.ts';
import { count, shellWord } from '../core/text.ts';
import { nameOf } from '../directory/transport.ts';
import { Spool } from '../files/spool.ts';
import { printItems, type Format, type Header } from '../report/report.ts';
import { limitOptions } from '../report/words.ts';
import { sync, type Outcome } from '../sync/sync.ts';
import { withStore, type CommonOptions } from './context.ts';
import { version } from '../version.ts';
import { Sink, type Terminal } from './terminal.ts';

export interface SyncOptions extends CommonOptions {
  format: 'text' | 'json' | 'markdown';
  output?: string;
  all?: boolean;
  maxDeletes?: Limit;
  maxUpdates?: Limit;
  maxRenames?: Limit;
  maxCreates?: Limit;
  minOverlap?: Overlap;
  acceptMissing?: OptionalMember[];
  same?: string[];
  new?: string[];
  strict?: boolean;
  exitCode?: boolean;
  /** What a test recommends; by default the same command line with `now`. */
  next?: string;
}

/** `rollcall sync test` and `rollcall sync now`: one path, and one boolean that parts them. */
export async function syncCommand(mode: 'test' | 'now', options: SyncOptions): Promise<void> {
  await withStore(options, async ({ config, store, terminal, signal }) => {
    const sink = await Sink.open(options.output);
    const spool = await Spool.create();
    const format = await loadFormat(options.format, terminal, options.output !== undefined);
    // Machines get everything.
    const most = options.all === true || options.format === 'json' ? null : 20;
    const progress = await terminal.progress();
    const settings = {
      ...config,
      version,
      limits: limitsOf(config.limits, options),
      acceptMissing: options.acceptMissing ?? [],
      answers: { same: options.same ?? [], new: options.new ?? [] },
    };
    const header: Header = {
      ...{ command: `sync ${mode}`, mode, version, startedAt: store.actor.since },
      ...{ directory: nameOf(config.directory.url), database: store.name, plan: null },
    };
    try {
      const outcome = await sync(
        settings,
        store,
        mode === 'now',
        {
          received: (bytes) => progress(`receiving: ${(bytes / 1e6).toFixed(1)} MB`),
          retrying: (reason, left) =>
            terminal.warn(`${reason}; trying again (${count(left, 'try', 'tries')} left)`),
          staged: (entries) => progress(`reading: ${count(entries, 'entry', 'entries')}`),
          step: (name) => progress(name),
          // Printed only after the end of the transaction: whoever reads it slowly must not keep that open.
          plan: async ({ counts }, items) => {
            for await (const piece of printItems(format, items(most), counts, most)) {
              await spool.write(Buffer.from(piece));
            }
          },
        },
        signal,
      );
      progress(null);
      const exit = exitOf(outcome, options);
      await print(sink, format, header, spool, outcome, exit, options.next ?? nextCommand(options));
      process.exitCode = exitCodes[exit].code;
    } finally {
      progress(null);
      await spool.close();
    }
  });
}

async function print(
  sink: Sink,
  format: Format,
  header: Header,
  spool: Spool,
  { counts, blocks, run }: Outcome,
  exit: Exit,
  next: string,
) {
  try {
    await sink.write(format.header(header));
    for await (const piece of spool.read()) await sink.write(piece);
    await sink.write(
      format.summary({
        ...{ ...header, counts, blocks, committed: run !== null, run, next },
        ...{
          outcome: exit,
          exitCode: exitCodes[exit].code,
          durationMs: Date.now() - header.startedAt.getTime(),
        },
      }),
    );
    await sink.close();
  } catch (error) {
    if (run === null || !(error instanceof RollcallError)) throw error;
    throw new RollcallError(
      error.outcome,
      `run ${run} was committed, but ${error.message}; "rollcall history ${run}" shows it`,
    );
  }
}

/** What is given for one run stands in place of what is configured. */
function limitsOf(configured: Limits, options: SyncOptions): Limits {
  return {
    deletions: options.maxDeletes ?? configured.deletions,
    updates: options.maxUpdates ?? configured.updates,
    renames: options.maxRenames ?? configured.renames,
    creations: options.maxCreates ?? configured.creations,
    overlap: options.minOverlap ?? configured.overlap,
  };
}

/** What to type after a test: the same command line, with what would be lost otherwise. */
function nextCommand(options: SyncOptions): string {
  const { config, maxDeletes, maxUpdates, maxRenames, maxCreates, minOverlap } = options;
  const limit = (option: string, given: Limit | undefined) =>
    given === undefined
      ? []
      : [`${option} ${given.percent === null ? String(given.count) : `${given.percent}%`}`];
  const words = (option: string, given: readonly string[] = []) =>
    given.map((word) => `${option} ${shellWord(word)}`);
  return [
    'rollcall sync now',
    ...words('--config', config === undefined ? [] : [config]),
    ...limit(limitOptions.deletions, maxDeletes),
    ...limit(limitOptions.updates, maxUpdates),
    ...limit(limitOptions.renames, maxRenames),
    ...limit(limitOptions.creations, maxCreates),
    ...(minOverlap ? [`--min-overlap ${minOverlap.percent}%`] : []),
    ...words('--accept-missing', options.acceptMissing),
    ...words('--same', options.same),
    ...words('--new', options.new),
  ].join(' ');
}

function exitOf({ counts, blocks }: Outcome, { strict, exitCode }: SyncOptions): Exit {
  if (blocks.length > 0) return 'blocked';
  if (strict === true && counts.skipped + counts.doubts > 0) return 'skipped';
  return exitCode === true && changesOf(counts) > 0 ? 'pending' : 'done';
}

async function loadFormat(name: SyncOptions['format'], terminal: Terminal, toFile: boolean): Promise<Format> {
  if (name === 'json') return (await import('../report/json.ts')).json;
  if (name === 'markdown') return (await import('../report/markdown.ts')).markdown;
  return (await import('../report/text.ts')).text(terminal.paint(toFile));
}
