import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { visible } from '../core/printable.ts';
import type { SavedRow } from '../core/saved.ts';
import { readCursor } from '../database/cursor.ts';
import { insertRows, isChange, withKeys } from './plan-rows.ts';
import { readStanding } from './standing.ts';

/** The tables that a plan is applied from, each with the rows that are saved. An undo is planned anew instead. */
const carried: Readonly<Record<string, string>> = {
  plan: `(select * from pg_temp.plan where ${isChange})`,
  presence: 'pg_temp.presence',
};

/** What the plan of this transaction is applied from, and what it stands on. Read it before it is applied. */
export async function* savedRows(db: Knex.Transaction, isUndo: boolean): AsyncGenerator<SavedRow> {
  for (const [table, rows] of isUndo ? [] : Object.entries(carried)) {
    const query = `select to_json(saved) as row from ${rows} saved`;
    for await (const batch of readCursor<{ row: object }>(db, query)) {
      for (const { row } of batch) yield { type: 'row', table, row };
    }
  }
  for await (const row of readStanding(db, isUndo)) yield { type: 'row', table: 'standing', row };
}

const batchSize = 1_000;

/** Fills the tables of a run from a saved plan. Keys are those of what is shown. */
export async function loadRows(
  db: Knex.Transaction,
  rows: AsyncIterable<SavedRow>,
  isUndo: boolean,
): Promise<void> {
  const isKnown = (table: string) => table === 'standing' || (!isUndo && table in carried);
  let table = '';
  let batch: object[] = [];
  const send = async () => {
    if (batch.length > 0) await insertRows(db, table, batch);
    batch = [];
  };
  for await (const saved of rows) {
    if (saved.table !== table || batch.length === batchSize) await send();
    table = saved.table;
    if (!isKnown(table))
      throw new RollcallError('failed', `the saved plan has rows of an unknown table, ${visible(table)}`);
    batch.push(table === 'plan' ? withKeys(saved.row) : saved.row);
  }
  await send();
  await db.raw('analyze pg_temp.plan; analyze pg_temp.presence; analyze pg_temp.standing');
}
