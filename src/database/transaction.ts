import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { codeOf, databaseFailure, isConnectionLoss, unknownTransaction } from './failure.ts';
import { one } from './query.ts';
import { searchPath, type Store } from './store.ts';

/** How a transaction ends. */
export interface Ending<T> {
  commit: boolean;
  value: T;
}

/**
 * Runs `work` in one transaction, and commits it only if `work` asks for that.
 *
 * All settings are local to the transaction, so that they hold behind a pooler, too. If the connection is lost during
 * the commit, the server is asked for the outcome.
 *
 * @param signal when it aborts, the running statement is cancelled and everything is rolled back
 * @throws RollcallError as `databaseFailure` words it, or the reason of the signal
 */
export async function inTransaction<T>(
  store: Store,
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
  let interrupt = () => undefined as unknown;
  try {
    await db.raw(`${searchPath(store.schema)}; ${store.preamble}`);
    const { backend } = await one<{ backend: number }>(db, 'select pg_backend_pid() as backend');
    interrupt = () => store.cancel(backend);
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

/** Commits; if the connection is lost, finds out whether the commit succeeded. */
async function commitSurely(
  store: Store,
  db: Knex.Transaction,
  ended: Promise<{ error: unknown } | undefined>,
): Promise<void> {
  const { id } = await one<{ id: string | null }>(db, 'select pg_current_xact_id_if_assigned()::text as id');
  await db.commit();
  const failure = await ended;
  if (failure === undefined) return;
  if (id === null || !isConnectionLoss(failure.error)) throw failure.error as Error;
  const committed = await wasCommitted(store, id);
  if (committed === null) {
    throw new RollcallError(
      'failed',
      `database ${store.name}: the connection was lost while committing, and the server cannot be asked whether it did; check with "rollcall history"`,
    );
  }
  if (!committed) throw failure.error as Error;
}

/** Asks the server whether a transaction was committed; null when there is no answer within 30 seconds. */
async function wasCommitted(store: Store, id: string): Promise<boolean | null> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    try {
      const { status } = await one<{ status: string | null }>(
        store.knex,
        'select pg_xact_status(?::xid8) as status',
        [id],
      );
      if (status === 'committed') return true;
      if (status === 'aborted') return false;
    } catch (error) {
      const code = codeOf(error);
      // The server crashed before it recorded the transaction.
      if (code === unknownTransaction) return false;
      if (code === null) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return null;
}
