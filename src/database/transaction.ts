import type { Knex } from 'knex';
import { setTimeout as sleep } from 'node:timers/promises';
import { RollcallError } from '../core/errors.ts';
import { commitSurely } from './commit.ts';
import { databaseFailure } from './failure.ts';
import { prepareSession, type Mode } from './preamble.ts';
import type { Store } from './store.ts';

/** The longest time to wait until a statement has been cancelled, in milliseconds: the server may be unreachable. */
const cancelling = 5_000;

/** How a transaction ends. */
export interface Ending<T> {
  commit: boolean;
  value: T;
}

/**
 * Runs `work` in one transaction, and commits it only if `work` asks for that.
 *
 * If the connection is lost during the commit, the server is asked for the outcome.
 *
 * @param mode what `work` may do; only `write` can be committed
 * @param signal when it aborts, the running statement is cancelled and everything is rolled back
 * @throws RollcallError as `databaseFailure` words it, or the reason of the signal
 */
export async function inTransaction<T>(
  store: Store,
  mode: Mode,
  signal: AbortSignal,
  work: (db: Knex.Transaction) => Promise<Ending<T>>,
): Promise<T> {
  signal.throwIfAborted();
  let db: Knex.Transaction;
  try {
    db = await begin(store.knex, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw databaseFailure(error, store.name, false);
  }
  // Every failure is handled where it occurs; this promise only repeats the last one.
  const ended = db.executionPromise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  let interrupted: Promise<unknown> = Promise.resolve();
  let interrupt = () => undefined as unknown;
  try {
    const backend = await prepareSession(db, store, mode);
    interrupt = () => (interrupted = store.cancel(backend).catch(() => undefined));
    signal.throwIfAborted();
    signal.addEventListener('abort', interrupt, { once: true });
    const { commit, value } = await work(db);
    signal.throwIfAborted();
    // From here on it is too late to interrupt: the commit is one short step.
    signal.removeEventListener('abort', interrupt);
    if (commit) await commitSurely(store, db, ended);
    else await db.rollback();
    return value;
  } catch (error) {
    signal.removeEventListener('abort', interrupt);
    // Else it would cancel what runs next on this connection.
    await Promise.race([interrupted, sleep(cancelling, undefined, { ref: false })]);
    // If BEGIN fails, knex returns a transaction that is already completed.
    const first = db.isCompleted() ? await ended : undefined;
    if (!db.isCompleted()) await db.rollback().catch(() => undefined);
    if (error instanceof RollcallError) throw error;
    signal.throwIfAborted();
    throw databaseFailure(first?.error ?? error, store.name, true);
  }
}

/** Waiting for a connection can take a while; an interruption does not wait for it. */
async function begin(knex: Knex, signal: AbortSignal): Promise<Knex.Transaction> {
  const transaction = knex.transaction();
  const done = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const stop = () => {
      // When it begins after all, it must not keep its connection.
      transaction.then((late) => late.rollback()).catch(() => undefined);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop, { once: true, signal: done.signal });
  });
  return Promise.race([transaction, aborted]).finally(() => done.abort());
}
