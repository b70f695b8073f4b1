import type { Knex } from 'knex';
import { setTimeout as sleep } from 'node:timers/promises';
import { schemaState } from '../database/schema/state.ts';
import type { Store } from '../database/store.ts';
import { inTransaction } from '../database/transaction.ts';

/** How long it may take, in milliseconds: the database may be what has failed. */
const patience = { lock: 1_000, transaction: 4_000, all: 5_000 };

/**
 * Writes something about a run that is over, in a short transaction of its own, and commits it. Where there are no tables, it
 * creates none.
 *
 * @returns null if nothing was done, because there are no tables or somebody else has the store
 * @throws Error also when the database does not respond in time
 */
export function briefly<T>(
  store: Store,
  signal: AbortSignal,
  work: (db: Knex.Transaction) => Promise<T>,
): Promise<T | null> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(patience.transaction)]);
  const done = openAndDo(store, bounded, work);
  // What comes after the deadline is of no interest.
  done.catch(() => undefined);
  const deadline = sleep(patience.all, undefined, { ref: false, signal }).then(() => {
    throw new Error('the database did not respond in time');
  });
  return Promise.race([done, deadline]);
}

async function openAndDo<T>(
  store: Store,
  signal: AbortSignal,
  work: (db: Knex.Transaction) => Promise<T>,
): Promise<T | null> {
  if (!(await store.openIfFree())) return null;
  return inTransaction(store, 'write', signal, async (db) => {
    if ((await schemaState(db, store)) !== 'current') return { commit: false, value: null };
    await db.raw(`set local lock_timeout to ${patience.lock}`);
    return { commit: true, value: await work(db) };
  });
}
