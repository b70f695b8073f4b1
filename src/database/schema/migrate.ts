import type { Knex } from 'knex';
import { RollcallError } from '../../core/errors.ts';
import { all, one } from '../query.ts';
import * as initial from './0001-initial.ts';
import * as identity from './0002-identity.ts';

interface Migration {
  name: string;
  up: (db: Knex.Transaction) => Promise<void>;
}

/** A released migration is frozen: add a new one instead. */
const migrations: Migration[] = [initial, identity];

const source: Knex.MigrationSource<Migration> = {
  getMigrations: () => Promise.resolve(migrations),
  getMigrationName: ({ name }) => name,
  getMigration: ({ up }) =>
    Promise.resolve({
      up: (db) => up(db as Knex.Transaction),
      down: () => Promise.reject(new Error('migrations cannot be undone')),
    }),
};

/** Whether the schema is up to date, from an older rollcall, or missing. */
export type SchemaState = 'current' | 'older' | 'none';

/** @throws RollcallError when the schema is from a newer rollcall */
export async function schemaState(db: Knex.Transaction, schema: string): Promise<SchemaState> {
  const { found } = await one<{ found: boolean }>(db, 'select to_regclass(?) is not null as found', [
    `${schema}.migrations`,
  ]);
  if (!found) return 'none';
  const rows = await all<{ name: string }>(db, `select name from ${schema}.migrations order by name`);
  const unknown = rows.filter(({ name }) => migrations.every((migration) => migration.name !== name));
  if (unknown.length > 0) {
    throw new RollcallError(
      'failed',
      `the database was written by a newer rollcall (${unknown.map(({ name }) => name).join(', ')}); upgrade this one`,
    );
  }
  return rows.length === migrations.length ? 'current' : 'older';
}

/** Creates or upgrades the schema, in the given transaction. */
export async function migrate(db: Knex.Transaction, schema: string): Promise<void> {
  const state = await schemaState(db, schema);
  if (state === 'current') return;
  if (state === 'none') await makeSchema(db, schema);
  await db.migrate.latest({
    migrationSource: source,
    schemaName: schema,
    tableName: 'migrations',
    // All migrations run in the given transaction.
    disableTransactions: true,
  });
}

/** An existing schema is used as it is, so that the role needs no right to create one. */
async function makeSchema(db: Knex.Transaction, schema: string): Promise<void> {
  const { found } = await one<{ found: boolean }>(db, 'select to_regnamespace(?) is not null as found', [
    schema,
  ]);
  if (!found) await db.raw(`create schema ${schema}`);
}

/**
 * Gives a transaction that will be rolled back the latest schema. In an empty database it uses empty temporary tables,
 * because a role that only reads may have no right to create a schema. An older schema is upgraded within the
 * transaction, which requires the rights of its owner.
 */
export async function migrateForReading(db: Knex.Transaction, schema: string): Promise<void> {
  const state = await schemaState(db, schema);
  if (state === 'older') await migrate(db, schema);
  if (state !== 'none') return;
  await db.raw('set local search_path to pg_temp');
  for (const { up } of migrations) await up(db);
}
