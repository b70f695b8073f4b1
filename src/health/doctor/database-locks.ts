import type { Knex } from 'knex';
import type { Finding } from '../../core/finding.ts';
import { mayLock, runUnderWay, tryOtherLock } from '../../database/run-lock.ts';
import type { Store } from '../../database/store.ts';
import { inTransaction } from '../../database/transaction.ts';
import { TooLate } from './patience.ts';
import { failed, ok, skipped, warning } from './verdicts.ts';

const check = 'databaseLocks';
/** How long a second connection may take, in milliseconds: a pooler may have no other. */
const second = 2_500;

/** Who runs now, from what the server knows. */
export async function runFindings(store: Store, signal: AbortSignal): Promise<Finding[]> {
  const holder = await inTransaction(store, 'readOnly', signal, async (db) => ({
    commit: false,
    value: await runUnderWay(db),
  }));
  if (holder === null) return [];
  return [warning(check, `a run is under way: ${holder}`, 'until it ends, another one exits with 75')];
}

/**
 * Whether a lock keeps a second session out, and lasts beyond the statement that took it: a pooler or a distributed server
 * may grant the same lock twice.
 */
export async function lockFindings(store: Store, signal: AbortSignal): Promise<Finding[]> {
  return inTransaction(store, 'temporary', signal, async (db) => ({
    commit: false,
    value: (await mayLock(db))
      ? [await tryTwice(db, store, signal)]
      : [skipped(check, 'this role may only read: it takes no lock')],
  }));
}

async function tryTwice(db: Knex.Transaction, store: Store, signal: AbortSignal): Promise<Finding> {
  const first = await tryOtherLock(db);
  if (first === null) return skipped(check, 'the tables are too old to try it without disturbing a run');
  if (!first) return skipped(check, 'another check is under way');
  // A lock that ends with its statement is gone by now.
  await db.raw('select 1');
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(second)]);
  const outcome = await inTransaction(store, 'temporary', deadline, async (other) => ({
    commit: false,
    value: await tryOtherLock(other),
  })).catch((error: unknown) => {
    signal.throwIfAborted();
    if (deadline.aborted) return new TooLate(second);
    throw error;
  });
  if (outcome instanceof TooLate) {
    const said = 'the server gave no second connection beside the first one';
    const hint =
      'a run needs two: to be interrupted, and to ask for the outcome of a lost commit; enlarge the pool';
    return warning(check, said, hint);
  }
  if (!outcome) return ok(check, 'a lock keeps a second session out');
  const said = 'two sessions were given the same lock: two runs at once would not notice each other';
  return failed(check, said, 'use a Postgres server directly, or a pooler in transaction or session mode');
}
