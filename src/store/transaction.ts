import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { codeOf, databaseFailure, isConnectionLoss } from './failure.ts';
import type { Store } from './store.ts';

/** What a transaction has come to. */
export interface Ending<T> {
  commit: boolean;
  value: T;
}

/**
 * Runs `work` in one transaction, which is committed only when it asks for that.
 *
 * Everything that is set is set for this transaction alone, so that it holds behind a pooler, too. When the
 * connection is lost while committing, the server is asked what became of it, and the truth is told.
 *
 * @param signal when it aborts, the running statement is cancelled and all is rolled back
 * @throws RollcallError in the words of `databaseFailure`, or the reason of the signal
 */
export async function inTransaction<T>(
  store: Store,
  signal: AbortSignal,
  work: (db: Knex.Transaction) => Promise<Ending<T>>,
): Promise<T> {
  signal.throwIfAborted();
  let db: Knex.Transaction;
  try {
    db = await unlessAborted(store.knex.transaction(), signal);
  } catch (error) {
    signal.throwIfAborted();
    throw databaseFailure(error, store.name);
  }
  // Every failure is seen where it arises; this promise only repeats the last one.
  const ended = db.executionPromise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  let interrupt = () => undefined as unknown;
  try {
    await db.raw(`set local search_path to ${store.schema}, pg_temp; ${store.preamble}`);
    const { backend } = await one<{ backend: number }>(db, 'select pg_backend_pid() as backend');
    interrupt = () => store.cancel(backend);
    signal.throwIfAborted();
    signal.addEventListener('abort', interrupt, { once: true });
    const { commit, value } = await work(db);
    signal.throwIfAborted();
    // From here on an interruption comes too late: the commit is one short step.
    signal.removeEventListener('abort', interrupt);
    if (commit) await commitSurely(store, db, ended);
    else await db.rollback();
    return value;
  } catch (error) {
    signal.removeEventListener('abort', interrupt);
    // A transaction that could not even begin is handed out by knex as one that has ended.
    const first = db.isCompleted() ? await ended : undefined;
    if (!db.isCompleted()) await db.rollback().catch(() => undefined);
    if (error instanceof RollcallError) throw error;
    signal.throwIfAborted();
    throw databaseFailure(first?.error ?? error, store.name);
  }
}

/** Connecting can take as long as it likes; an interruption does not wait for it. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const done = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), {
      once: true,
      signal: done.signal,
    });
  });
  return Promise.race([promise, aborted]).finally(() => done.abort());
}

/** Commits, and when the answer is lost, finds out which way it went. */
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
      `database ${store.name}: the connection was lost while committing, and the server cannot be asked whether it did; "rollcall history" will tell`,
    );
  }
  if (!committed) throw failure.error as Error;
}

/** Asks the server for the fate of a transaction; null when there is no answer within half a minute. */
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
      // The server crashed and has never heard of it.
      if (code === '22023') return false;
      if (code === null) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return null;
}

/** All rows of a statement. */
export async function all<R>(db: Knex, sql: string, bindings: readonly unknown[] = []): Promise<R[]> {
  const { rows } = await db.raw<{ rows: R[] }>(sql, bindings as Knex.RawBinding[]);
  return rows;
}

/** The one row of a statement that always has one. */
export async function one<R>(db: Knex, sql: string, bindings: readonly unknown[] = []): Promise<R> {
  const [row] = await all<R>(db, sql, bindings);
  if (row === undefined) throw new Error('a statement that always has a row had none');
  return row;
}

/** Runs a statement and returns how many rows it touched. */
export async function run(db: Knex, sql: string, bindings: readonly unknown[] = []): Promise<number> {
  const { rowCount } = await db.raw<{ rowCount: number | null }>(sql, bindings as Knex.RawBinding[]);
  return rowCount ?? 0;
}
