import type { Knex } from 'knex';
import { DatabaseError } from './failure.ts';
import { lockDatabase } from './run-lock.ts';
import { migrate, migrateForReading, schemaState } from './schema/migrate.ts';
import type { Store } from './store.ts';
import { inTransaction } from './transaction.ts';

type Work<T> = (db: Knex.Transaction) => Promise<T>;

/**
 * Runs `work` in a read-only transaction, which is then rolled back.
 *
 * @param schema `latest`: `work` sees the latest schema, and an empty database has no rows; `any`: `work` must cope
 *   with an older schema, and with none
 * @throws RollcallError, or the reason of the signal
 */
export function read<T>(
  store: Store,
  signal: AbortSignal,
  work: Work<T>,
  schema: 'latest' | 'any' = 'latest',
): Promise<T> {
  return inTransaction(store, signal, async (db) => {
    if (schema === 'latest') await migrateForReading(db, store.schema);
    await db.raw('set transaction read only');
    return { commit: false, value: await work(db) };
  });
}

/**
 * Like `read`, before the first run of a newer rollcall upgrades the schema, too: `work` must cope with an older one. It
 * needs no right but to read.
 *
 * @param empty the result where there is no schema
 */
export function readAnyVersion<T>(store: Store, signal: AbortSignal, empty: T, work: Work<T>): Promise<T> {
  const orEmpty: Work<T> = async (db) =>
    (await schemaState(db, store.schema)) === 'none' ? empty : work(db);
  return read(store, signal, orEmpty, 'any');
}

/**
 * Runs `work` in a transaction on the latest schema, and commits it. It holds the lock of the database: a second writer
 * fails immediately with exit code 75.
 *
 * @throws RollcallError, or the reason of the signal; nothing is written in that case
 */
export function write<T>(store: Store, signal: AbortSignal, work: Work<T>): Promise<T> {
  return saying(() =>
    inTransaction(store, signal, async (db) => {
      await lockDatabase(db, store);
      await migrate(db, store.schema);
      return { commit: true, value: await work(db) };
    }),
  );
}

/** Creates or upgrades the schema if necessary. If it is not, whoever holds the lock is not disturbed. */
export async function prepare(store: Store, signal: AbortSignal): Promise<void> {
  const state = await read(store, signal, (db) => schemaState(db, store.schema), 'any');
  if (state !== 'current') await write(store, signal, () => Promise.resolve());
}

/** Like `write`, but without the lock, on a schema that `prepare` has seen to. */
export function writeBeside<T>(store: Store, signal: AbortSignal, work: Work<T>): Promise<T> {
  return saying(() => inTransaction(store, signal, async (db) => ({ commit: true, value: await work(db) })));
}

async function saying<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw nothingWritten(error);
  }
}

/** Adds to the failure of a transaction that nothing was written. */
export const nothingWritten = (error: unknown): unknown =>
  error instanceof DatabaseError && error.begun ? error.whileStays('nothing was written') : error;
