import type { AttemptReason } from '../core/attempted-run.ts';
import { messageOf, RollcallError, type Outcome } from '../core/errors.ts';
import type { RunResult } from '../core/plan.ts';
import { visible } from '../core/printable.ts';
import { DatabaseError, isConnectionLoss } from '../database/failure.ts';
import { blockMembers } from '../report/json.ts';
import { recordAttempt } from '../sync/attempts.ts';
import type { Context } from './context.ts';
import { endOf } from './output.ts';

/**
 * Does what commits a run, and records it in the history if it fails or is blocked. Whether that can be recorded changes
 * nothing about how the command ends.
 *
 * @param command without options: `sync now`
 */
export async function attempted(
  context: Context,
  command: string,
  work: () => Promise<RunResult>,
): Promise<void> {
  const startedAt = new Date();
  const record = (outcome: Outcome, reasons: AttemptReason[]) =>
    recordAttempt(
      context.store,
      { startedAt, command, ...endOf(outcome), outcome, reasons },
      context.signal,
    ).catch((error: unknown) =>
      context.terminal.tell(`this is not in the history: ${visible(messageOf(error))}`),
    );
  try {
    const { blocks } = await work();
    if (blocks.length > 0) await record('blocked', blocks.map(blockMembers));
  } catch (error) {
    const failure = failureOf(error);
    if (failure !== null) await record(failure.outcome, [failure.reason]);
    throw error;
  }
}

/** Mistakes in what was typed or configured are no attempts, and whoever ended a run knows that. */
const unrecorded = new Set<Outcome>(['usage', 'config', 'interrupted', 'terminated']);

/** Null for what is not recorded: a run that was, or may have been, committed all the same, or a database that is away. */
function failureOf(error: unknown): { outcome: Outcome; reason: AttemptReason } | null {
  if (!(error instanceof RollcallError)) {
    // The messages of libraries may contain credentials.
    const name = error instanceof Error ? error.name : typeof error;
    return { outcome: 'failed', reason: { code: 'bug', message: `a bug in rollcall (${name})` } };
  }
  const { outcome, message, changed } = error;
  const isAway = error instanceof DatabaseError && (!error.begun || isConnectionLoss(error));
  if (unrecorded.has(outcome) || changed !== false || isAway) return null;
  return { outcome, reason: { code: error instanceof DatabaseError ? error.code : null, message } };
}
