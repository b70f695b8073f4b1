import type { Knex } from 'knex';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attempt } from '../core/attempted-run.ts';
import { run } from '../database/query.ts';
import { schemaState } from '../database/schema/state.ts';
import { nameOf, type Store } from '../database/store.ts';
import { inTransaction } from '../database/transaction.ts';

/** How long it may take to record an attempt, in milliseconds: the database may be what has failed. */
const patience = { statement: 1_000, transaction: 4_000, all: 5_000 };

/**
 * Records a run that failed or was blocked, in a transaction of its own. Where there are no tables for it, it creates none.
 *
 * @returns whether it was recorded
 * @throws whatever keeps it from being recorded; the caller has a better failure to report
 */
export async function recordAttempt(
  store: Store,
  attempt: Omit<Attempt, 'endedAt' | 'actor'>,
  signal: AbortSignal,
): Promise<boolean> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(patience.transaction)]);
  const recorded = openAndInsert(store, attempt, bounded);
  // What comes after the deadline is of no interest.
  recorded.catch(() => undefined);
  const deadline = sleep(patience.all, undefined, { ref: false, signal }).then(() => {
    throw new Error('the database did not respond in time');
  });
  return Promise.race([recorded, deadline]);
}

async function openAndInsert(
  store: Store,
  attempt: Omit<Attempt, 'endedAt' | 'actor'>,
  signal: AbortSignal,
): Promise<boolean> {
  if (!(await store.openIfFree())) return false;
  return inTransaction(store, 'write', signal, async (db) => {
    if ((await schemaState(db, store)) !== 'current') return { commit: false, value: false };
    const { startedAt, command, outcome, exitCode, reasons } = attempt;
    await db.raw(`set local lock_timeout to ${patience.statement}`);
    await run(
      db,
      `insert into attempts (started_at, actor, command, outcome, exit_code, reasons) values (?, ?, ?, ?, ?, ?)`,
      [startedAt, nameOf(store.actor), command, outcome, exitCode, JSON.stringify(reasons)],
    );
    return { commit: true, value: true };
  });
}

/** The runs that failed or were blocked, latest first. */
export async function listAttempts(db: Knex, limit: number): Promise<Attempt[]> {
  return db('attempts')
    .select<Attempt[]>(
      { startedAt: 'started_at', endedAt: 'ended_at', exitCode: 'exit_code' },
      ...['actor', 'command', 'outcome', 'reasons'],
    )
    .orderBy('id', 'desc')
    .limit(limit);
}
