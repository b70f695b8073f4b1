import { noDoubts, type FinishedRun } from '../after/finished-run.ts';
import type { AttemptReason } from '../core/attempted-run.ts';
import { messageOf, RollcallError, type Outcome } from '../core/errors.ts';
import { visible } from '../core/printable.ts';
import { DatabaseError, isConnectionLoss } from '../database/failure.ts';
import { blockMembers } from '../report/json.ts';
import { recordAttempt } from '../sync/attempts.ts';
import type { RunObserver } from '../sync/run.ts';
import type { RunRow } from '../sync/told.ts';
import { doubtsOf, prepareAfter } from './after-run.ts';
import { withStore, type Context } from './context.ts';
import { endOf } from './output.ts';
import type { PrintedRun } from './print-run.ts';
import type { TerminalOptions } from './terminal.ts';

/** Sees what goes on in a run, besides the observer that prints it. */
export type Watched = <O extends Pick<RunObserver, 'plan' | 'certificate'>>(observer: O) => O;

/** For a test, which nothing follows. */
export const unwatched: Watched = (observer) => observer;

/**
 * Does what commits a run, and records it in the history if it fails or is blocked; then does what follows it. Whether that
 * succeeds changes nothing about how the command ends.
 *
 * @param command without options: `sync now`
 */
export async function attempted(
  options: TerminalOptions,
  command: string,
  work: (context: Context, watched: Watched) => Promise<PrintedRun>,
): Promise<void> {
  let after = () => Promise.resolve();
  try {
    await withStore(options, (context) => attempt(context, command, work, (prepared) => (after = prepared)));
  } finally {
    await after();
  }
}

async function attempt(
  context: Context,
  command: string,
  work: (context: Context, watched: Watched) => Promise<PrintedRun>,
  prepare: (after: () => Promise<void>) => void,
): Promise<void> {
  const { store, signal, terminal, config } = context;
  const startedAt = new Date();
  let doubts = noDoubts;
  let certificateExpiresAt: Date | null = null;
  const watched: Watched = (observer) => ({
    ...observer,
    certificate: (expiresAt) => (certificateExpiresAt = expiresAt),
    plan: async (result, items, saving) => {
      if (result.counts.doubts > 0 && config.after.webhook !== null) doubts = await doubtsOf(items(null));
      await observer.plan(result, items, saving);
    },
  });
  const record = async (outcome: Outcome, reasons: AttemptReason[]): Promise<RunRow | null> => {
    const attempt = { startedAt, command, ...endOf(outcome), outcome, reasons };
    const id = await recordAttempt(store, attempt, signal).catch((error: unknown) => {
      terminal.tell(`this is not in the history: ${visible(messageOf(error))}`);
      return null;
    });
    return id === null ? null : { table: 'attempts', id };
  };
  const follow = async (
    end: Pick<FinishedRun, 'outcome' | 'result' | 'error' | 'listedAt'>,
    row: RunRow | null,
    isAway: boolean,
  ) => {
    if (command === 'undo now' || unfollowed.has(end.outcome)) return;
    const run = { command, database: store.name, startedAt, endedAt: new Date() };
    const { exitCode } = endOf(end.outcome);
    const finished = { ...run, ...end, exitCode, doubts, certificateExpiresAt };
    prepare(await prepareAfter(context, finished, row, isAway));
  };

  const done = await work(context, watched).catch(async (error: unknown) => {
    const failure = failureOf(error);
    if (failure !== null) {
      const { outcome, reason, brief, isRecorded, isAway } = failure;
      const row = isRecorded ? await record(outcome, [reason]) : null;
      const told = { code: reason.code, message: brief };
      await follow({ outcome, result: null, error: told, listedAt: startedAt }, row, isAway);
    }
    throw error;
  });
  const { outcome, listedAt = startedAt, ...result } = done;
  const { blocks, run } = result;
  const row = blocks.length > 0 ? await record('blocked', blocks.map(blockMembers)) : null;
  // Whoever takes a run back is there, and the next synchronization counts.
  if (listedAt === null) return;
  const end = { outcome, result, error: null, listedAt };
  await follow(end, run === null ? row : { table: 'runs', id: run }, false);
}

/** Mistakes in what was typed or configured are no attempts, and whoever ended a run knows that. */
const unnoticed = new Set<Outcome>(['usage', 'config', 'interrupted', 'terminated']);

/** Another run is at work, or a person has an old plan: neither is wrong with the synchronization. */
const unfollowed = new Set<Outcome>(['locked', 'stale']);

interface Failed {
  outcome: Outcome;
  reason: AttemptReason & { code: string | null };
  /** The message without what it quotes from outside. */
  brief: string;
  /** False for a run that was, or may have been, committed all the same, and when the database is away. */
  isRecorded: boolean;
  /** Whether the database cannot be asked. */
  isAway: boolean;
}

/** Null for what nobody needs to be told. */
function failureOf(error: unknown): Failed | null {
  if (!(error instanceof RollcallError)) {
    // The messages of libraries may contain credentials.
    const name = error instanceof Error ? error.name : typeof error;
    const reason = { code: 'bug', message: `a bug in rollcall (${name})` };
    return { outcome: 'failed', reason, brief: reason.message, isRecorded: true, isAway: false };
  }
  const { outcome, message, changed } = error;
  if (unnoticed.has(outcome)) return null;
  const isAway = error instanceof DatabaseError && (!error.begun || isConnectionLoss(error));
  const reason = { code: error instanceof DatabaseError ? error.code : null, message };
  return { outcome, reason, brief: error.brief, isRecorded: changed === false && !isAway, isAway };
}
