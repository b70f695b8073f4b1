import type { Knex } from 'knex';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from './failure.ts';
import { lockDatabase } from './run-lock.ts';
import { migrate, migrateForReading } from './schema/migrate.ts';
import { schemaState, SchemaCollision } from './schema/state.ts';
import type { Store } from './store.ts';
import { inTransaction } from './transaction.ts';

type Work<T> = (db: Knex.Transaction) => Promise<T>;

/**
 * Runs `work` in a read-only transaction on the latest schema, which is then rolled back. An empty database has no rows.
 *
 * @throws RollcallError, or the reason of the signal
 */
export async function read<T>(store: Store, signal: AbortSignal, work: Work<T>): Promise<T> {
  const found = await inTransaction(store, 'readOnly', signal, async (db) => {
    const state = await schemaState(db, store);
    return { commit: false, value: state === 'current' ? { value: await work(db) } : null };
  });
  if (found !== null) return found.value;
  return inTransaction(store, 'temporary', signal, async (db) => {
    await migrateForReading(db, store);
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
  return inTransaction(store, 'readOnly', signal, async (db) => {
    const state = await schemaState(db, store);
    return { commit: false, value: state === 'none' ? empty : await work(db) };
  });
}

/**
 * Runs `work` in a transaction on the latest schema, and commits it. It holds the lock of the database: a second writer
 * fails immediately with exit code 75.
 *
 * @param work is repeated when Postgres says that it may be
 * @throws RollcallError, or the reason of the signal; nothing is written in that case
 */
export function write<T>(store: Store, signal: AbortSignal, work: Work<T>): Promise<T> {
  return repeatedly(signal, () => writeOnce(store, signal, work));
}

function writeOnce<T>(store: Store, signal: AbortSignal, work: Work<T>): Promise<T> {
  return inTransaction(store, 'write', signal, async (db) => {
    if ((await lockDatabase(db, store, 'write')) !== 'current') await migrate(db, store);
    return { commit: true, value: await work(db) };
  });
}

/** Creates or upgrades the schema if necessary. If it is not, whoever holds the lock is not disturbed. */
export function prepare(store: Store, signal: AbortSignal): Promise<void> {
  return repeatedly(signal, async () => {
    const state = await inTransaction(store, 'readOnly', signal, async (db) => ({
      commit: false,
      value: await schemaState(db, store),
    }));
    if (state !== 'current') await writeOnce(store, signal, () => Promise.resolve());
  });
}

/** Like `write`, but without the lock, on a schema that `prepare` has seen to. */
export function writeBeside<T>(store: Store, signal: AbortSignal, work: Work<T>): Promise<T> {
  return repeatedly(signal, () =>
    inTransaction(store, 'write', signal, async (db) => ({ commit: true, value: await work(db) })),
  );
}

/** How often a transaction is run if Postgres says each time that it may be repeated. */
const attempts = 5;

async function repeatedly<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === attempts || !mayBeRepeated(error)) throw nothingWritten(error);
      // A random pause, so that two that disturbed each other do not do it again.
      await sleep(Math.random() * 100 * attempt);
      signal.throwIfAborted();
    }
  }
}

/** A deadlock, a conflict between two transactions, or two processes that create the schema at once. */
const mayBeRepeated = (error: unknown) =>
  error instanceof SchemaCollision ||
  (error instanceof DatabaseError && (['40001', '40P01'].includes(error.code) || isCrossing(error)));

/** Mail was imported into an archive that was removed meanwhile, or a message was. The next attempt sees that. */
const isCrossing = ({ code, message }: DatabaseError) =>
  code === '23503' && message.includes('archive_messages_');

/** Adds to the failure of a transaction that nothing was written. */
export const nothingWritten = (error: unknown): unknown =>
  error instanceof DatabaseError && error.begun ? error.whileStays('nothing was written') : error;
