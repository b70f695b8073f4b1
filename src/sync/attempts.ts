import type { Knex } from 'knex';
import type { Attempt } from '../core/attempted-run.ts';
import { one } from '../database/query.ts';
import { nameOf, type Store } from '../database/store.ts';
import { briefly } from './briefly.ts';

/**
 * Records a run that failed or was blocked, in a transaction of its own.
 *
 * @returns its number; null if there are no tables for it, or somebody else has the store
 * @throws whatever keeps it from being recorded; the caller has a better failure to report
 */
export async function recordAttempt(
  store: Store,
  attempt: Omit<Attempt, 'endedAt' | 'actor' | 'untold'>,
  signal: AbortSignal,
): Promise<number | null> {
  const { startedAt, command, outcome, exitCode, reasons } = attempt;
  return briefly(store, signal, async (db) => {
    const { id } = await one<{ id: string }>(
      db,
      `insert into attempts (started_at, actor, command, outcome, exit_code, reasons) values (?, ?, ?, ?, ?, ?)
       returning id`,
      [startedAt, nameOf(store.actor), command, outcome, exitCode, JSON.stringify(reasons)],
    );
    return Number(id);
  });
}

/** The runs that failed or were blocked, latest first. */
export async function listAttempts(db: Knex, limit: number): Promise<Attempt[]> {
  return db('attempts')
    .select<Attempt[]>(
      { startedAt: 'started_at', endedAt: 'ended_at', exitCode: 'exit_code' },
      ...['actor', 'command', 'outcome', 'reasons', 'untold'],
    )
    .orderBy('id', 'desc')
    .limit(limit);
}
