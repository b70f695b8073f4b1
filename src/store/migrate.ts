import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import * as initial from './migrations/0001-initial.ts';
import * as identity from './migrations/0002-identity.ts';
import { all, one } from './transaction.ts';

interface Migration {
  name: string;
  up: (db: Knex) => Promise<void>;
}

/** Each is frozen once it has landed; what is new is a new one. */
const migrations: Migration[] = [initial, identity];

const source: Knex.MigrationSource<Migration> = {
  getMigrations: () => Promise.resolve(migrations),
  getMigrationName: ({ name }) => name,
  getMigration: ({ up }) =>
    Promise.resolve({ up, down: () => Promise.reject(new Error('there is no way back')) }),
};

/**
 * Brings the schema up to date, inside the given transaction: a run that rolls back leaves no trace of it. Where it
 * stands already, reading is all that it does.
 *
 * @throws RollcallError when the schema was made by a newer rollcall
 */
export async function migrate(db: Knex.Transaction, schema: string): Promise<void> {
  const applied = await appliedMigrations(db);
  const unknown = applied.filter((name) => migrations.every((migration) => migration.name !== name));
  if (unknown.length > 0) {
    throw new RollcallError(
      'failed',
      `the database was made by a newer rollcall (${unknown.join(', ')}); update this one`,
    );
  }
  if (applied.length === migrations.length) return;
  const { found } = await one<{ found: boolean }>(db, 'select to_regnamespace(?) is not null as found', [
    schema,
  ]);
  if (!found) await db.raw(`create schema ${schema}`);
  await db.migrate.latest({
    migrationSource: source,
    schemaName: schema,
    tableName: 'migrations',
    // All in the one transaction of the run.
    disableTransactions: true,
  });
}

/** Whether there is a schema to read from. */
export async function isMigrated(db: Knex): Promise<boolean> {
  return (await appliedMigrations(db)).length > 0;
}

async function appliedMigrations(db: Knex): Promise<string[]> {
  const { found } = await one<{ found: boolean }>(
    db,
    `select to_regclass('migrations') is not null as found`,
  );
  if (!found) return [];
  const rows = await all<{ name: string }>(db, 'select name from migrations order by name');
  return rows.map(({ name }) => name);
}
