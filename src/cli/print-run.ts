import { RollcallError, type Outcome } from '../core/errors.ts';
import { changesOf, isUneventful, type RunResult } from '../core/plan.ts';
import { version } from '../files/assets.ts';
import { Spool } from '../files/spool.ts';
import { printItems, type Format, type Header, type Summary } from '../report/format.ts';
import { blockText } from '../report/words.ts';
import type { RunObserver } from '../sync/run.ts';
import type { Context } from './context.ts';
import { releaseLog } from './log.ts';
import { endOf } from './output.ts';
import { Phases } from './phases.ts';
import { PlanDraft } from './plan-draft.ts';
import { openFormat, openPlanFormat, type PlanOptions } from './plan-format.ts';
import { runProgress } from './run-progress.ts';
import { Sink } from './sink.ts';

/** How a run is printed. */
export interface PrintOptions extends PlanOptions {
  strict?: true | undefined;
  exitCode?: true | undefined;
  save?: string | undefined;
  quietUnchanged?: true | undefined;
}

/** A run, and how its command ends. */
export type PrintedRun = RunResult & {
  outcome: Outcome;
  /** When the directory was asked; by default, now. Null for an undo, which has no listing. */
  listedAt?: Date | null;
};

/** What is printed about a run before it is done. */
export interface Announcement extends Pick<Header, 'command' | 'mode' | 'directory'> {
  /** The digest of the plan that is applied; null if there is none. */
  plan?: string | null;
  /** The run that is taken back; null for a synchronization. */
  undoes?: number | null;
  /** The command that commits what a test found; null if none does. */
  next: string | null;
}

/**
 * Runs a command that makes a plan or applies one: prints the plan and its outcome, saves it if that was asked for, and sets
 * the exit code.
 *
 * @param run does it; whatever it tells the observer is shown
 */
export async function printRun(
  { config, store, terminal }: Context,
  options: PrintOptions,
  { next, plan = null, undoes = null, ...announced }: Announcement,
  run: (observer: RunObserver) => Promise<RunResult>,
): Promise<PrintedRun> {
  if (options.save === '-')
    throw new RollcallError('usage', '--save needs a file; --format json --output - prints a plan');
  const spool = await Spool.create();
  const { format, isInFile, most } = await openPlanFormat(options, terminal);
  const phases = new Phases(terminal, await terminal.progress());
  const header: Header = {
    ...{ command: announced.command, mode: announced.mode, version, startedAt: new Date() },
    ...{ directory: announced.directory, database: store.name, plan, undoes, record: null },
  };
  let draft: PlanDraft | null = null;
  const observer: RunObserver = {
    ...runProgress(terminal, phases),
    // Spooled, and printed after the transaction: a slow reader must not keep it open.
    plan: async (result, items, saving) => {
      for await (const piece of printItems(format, items(most), result.counts, most)) {
        await spool.write(Buffer.from(piece));
      }
      await spool.flush();
      if (options.save !== undefined && saving !== null) {
        draft = await PlanDraft.make(
          await openFormat('json', true, terminal),
          store.actor,
          header,
          result,
          items(null),
          saving,
        );
      }
    },
  };
  // The last, because what is opened is abandoned only below.
  const sink = await Sink.open(options.output, { config: config.file });
  let saved: Sink | null = null;
  try {
    if (options.save !== undefined) {
      const taboo = { option: '--save', config: config.file, other: options.output } as const;
      saved = await Sink.open(options.save, taboo);
    }
    phases.at('asking');
    const result = await run(observer);
    phases.end();
    const outcome = outcomeOf(result, options);
    const end = endOf(outcome);
    const durationMs = Date.now() - header.startedAt.getTime();
    if (saved !== null) await (draft as PlanDraft | null)?.saveTo(saved);
    const isTold = options.quietUnchanged !== true || !isUneventful(result);
    if (isTold) releaseLog();
    if (isTold || isInFile) {
      await print(sink, format, header, spool, {
        ...{ ...result, ...header, ...end, durationMs, next },
        committed: result.run !== null,
      });
    }
    // The mail that cron sends contains only standard error.
    if (isInFile) {
      for (const block of result.blocks) terminal.fail(`blocked: ${blockText(block)}`);
      if (result.held !== null) terminal.fail(`held: ${blockText(result.held)}`);
    }
    process.exitCode = end.exitCode;
    return { ...result, outcome };
  } finally {
    phases.end();
    await spool.close();
    await (draft as PlanDraft | null)?.close();
    await sink.abandon();
    await saved?.abandon();
  }
}

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

function outcomeOf({ counts, blocks, held }: RunResult, { strict, exitCode }: PrintOptions): Outcome {
  if (blocks.length > 0) return 'blocked';
  if (held !== null) return 'held';
  if (strict === true && counts.skipped + counts.doubts > 0) return 'skipped';
  return exitCode === true && changesOf(counts) > 0 ? 'pending' : 'done';
}
