import type { Knex } from 'knex';
import { RollcallError } from '../../core/errors.ts';
import { codeOf, lockTimeout } from '../failure.ts';
import { one } from '../query.ts';
import { quoted, type Store } from '../store.ts';
import { migrations, type Migration } from './migrations.ts';
import { collisionOf, schemaState } from './state.ts';

const source: Knex.MigrationSource<Migration> = {
  getMigrations: () => Promise.resolve([...migrations]),
  getMigrationName: ({ name }) => name,
  getMigration: ({ up }) =>
    Promise.resolve({
      up: (db) => up(db as Knex.Transaction),
      down: () => Promise.reject(new Error('migrations cannot be undone')),
    }),
};

/**
 * Creates or upgrades the schema, in the given transaction.
 *
 * @throws SchemaCollision; RollcallError when the schema cannot be used, or the database is not fit for it
 */
export async function migrate(db: Knex.Transaction, store: Store): Promise<void> {
  const state = await schemaState(db, store);
  if (state === 'older') await upgrade(db, store);
  if (state !== 'none') return;
  await expectFit(db, store);
  try {
    // Another process that creates it at the same time may take as long as a run; then this one gives up.
    await db.raw(`set local lock_timeout to '3s'`);
    await makeSchema(db, store);
    await upgrade(db, store);
  } catch (error) {
    const code = codeOf(error) ?? '';
    const collision = collisionOf(store);
    if (code === lockTimeout) throw new RollcallError('locked', collision.message);
    if (collisions.has(code)) throw collision;
    throw error;
  }
}

/** SQLSTATEs of a schema, table or type that is suddenly there, and of the unique keys of the catalog. */
const collisions = new Set(['23505', '42P06', '42P07', '42710']);

async function upgrade(db: Knex.Transaction, { schema }: Store): Promise<void> {
  await db.migrate.latest({
    migrationSource: source,
    schemaName: schema,
    tableName: 'migrations',
    // All migrations run in the given transaction.
    disableTransactions: true,
  });
}

/** An existing schema is used as it is, so that the role needs no right to create one. */
async function makeSchema(db: Knex.Transaction, { schema }: Store): Promise<void> {
  const { found } = await one<{ found: boolean }>(db, 'select to_regnamespace(?) is not null as found', [
    quoted(schema),
  ]);
  if (!found) await db.raw(`create schema ${quoted(schema)}`);
}

/** Refuses at the first run what would fail one night, with a name that cannot be stored. */
async function expectFit(db: Knex.Transaction, { name }: Store): Promise<void> {
  const { encoding } = await one<{ encoding: string }>(
    db,
    `select current_setting('server_encoding') as encoding`,
  );
  // SQL_ASCII stores the bytes as they are.
  if (['UTF8', 'SQL_ASCII'].includes(encoding)) return;
  throw new RollcallError(
    'failed',
    `the database ${name} has the encoding ${encoding}, which cannot store every name; create it with the encoding UTF8`,
  );
}

/**
 * Gives a transaction that will be rolled back the latest schema. In an empty database it uses empty temporary tables,
 * because a role that only reads may have no right to create a schema. An older schema is upgraded within the
 * transaction, which requires the rights of its owner.
 */
export async function migrateForReading(db: Knex.Transaction, store: Store): Promise<void> {
  const state = await schemaState(db, store);
  if (state === 'older') await upgrade(db, store);
  if (state !== 'none') return;
  await expectFit(db, store);
  await db.raw('set local search_path to pg_temp');
  for (const { up } of migrations) await up(db);
}
