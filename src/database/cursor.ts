import type { Knex } from 'knex';
import { all } from './query.ts';

let lastCursor = 0;

/**
 * Reads the rows of a query in batches, so that they never fill the memory. Other statements may run between two
 * batches, which a stream of the driver does not allow.
 *
 * @param query must not contain input from outside: a cursor takes no bindings
 */
export async function* readCursor<R>(
  db: Knex.Transaction,
  query: string,
  batchSize = 1_000,
): AsyncGenerator<R[]> {
  const name = `rollcall_${++lastCursor}`;
  await db.raw(`declare ${name} no scroll cursor for ${query}`);
  try {
    for (;;) {
      const rows = await all<R>(db, `fetch ${batchSize} from ${name}`);
      if (rows.length > 0) yield rows;
      if (rows.length < batchSize) break;
    }
  } finally {
    // In a failed transaction, this fails, too; the cursor ends with the transaction.
    await db.raw(`close ${name}`).catch(() => undefined);
  }
}
