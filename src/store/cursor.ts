import type { Knex } from 'knex';
import { all } from './transaction.ts';

const pieceSize = 1_000;

/**
 * Reads the rows of a query piece by piece, so that they are never in memory as a whole.
 *
 * @param query is a text of ours: a cursor takes no bindings
 */
export async function* readCursor<R>(db: Knex.Transaction, query: string): AsyncGenerator<R[]> {
  await db.raw(`declare reader no scroll cursor for ${query}`);
  for (;;) {
    const rows = await all<R>(db, `fetch ${pieceSize} from reader`);
    if (rows.length > 0) yield rows;
    if (rows.length < pieceSize) break;
  }
  await db.raw('close reader');
}
