import type { Knex } from 'knex';
import type { Store } from '../../src/database/store.ts';
import { inTransaction } from '../../src/database/transaction.ts';

/** Reads without looking at the schema. */
export const look = <T>(store: Store, signal: AbortSignal, work: (db: Knex.Transaction) => Promise<T>) =>
  inTransaction(store, 'readOnly', signal, async (db) => ({ commit: false, value: await work(db) }));
