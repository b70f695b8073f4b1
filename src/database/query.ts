import type { Knex } from 'knex';

/** Runs a statement and returns all rows. */
export async function all<R>(db: Knex, sql: string, bindings: readonly unknown[] = []): Promise<R[]> {
  const { rows } = await db.raw<{ rows: R[] }>(sql, bindings as Knex.RawBinding[]);
  return rows;
}

/** Runs a statement that always returns a row, and returns the first one. */
export async function one<R>(db: Knex, sql: string, bindings: readonly unknown[] = []): Promise<R> {
  const [row] = await all<R>(db, sql, bindings);
  if (row === undefined) throw new Error('a statement returned no row');
  return row;
}

/** Runs a statement and returns the number of affected rows. */
export async function run(db: Knex, sql: string, bindings: readonly unknown[] = []): Promise<number> {
  const { rowCount } = await db.raw<{ rowCount: number | null }>(sql, bindings as Knex.RawBinding[]);
  return rowCount ?? 0;
}
