import type { Knex } from 'knex';
import { RollcallError } from '../../core/errors.ts';
import { visible } from '../../core/printable.ts';
import { all, one } from '../query.ts';
import { quoted, type Store } from '../store.ts';
import { migrations } from './migrations.ts';

/** Whether the schema is up to date, from an older rollcall, or missing. */
export type SchemaState = 'current' | 'older' | 'none';

/** Its row in the table `migrations` is there as long as the schema is. */
export const firstMigration = migrations[0]?.name ?? '';

/** Every name that rollcall gives to a table or index of its schema. */
export const relations = [
  ...['migrations', 'migrations_lock', 'commits'],
  ...['users', 'users_name', 'users_addresses', 'users_gone'],
  ...['archives', 'archives_name', 'archives_owner', 'archive_access', 'archive_access_user'],
  ...['messages', 'archive_messages', 'archive_messages_message', 'removed_messages'],
  ...['runs', 'run_changes'],
];

/** @throws RollcallError when the schema belongs to another program, or is from a newer rollcall */
export async function schemaState(db: Knex.Transaction, store: Store): Promise<SchemaState> {
  const table = `${quoted(store.schema)}.migrations`;
  const { found } = await one<{ found: boolean }>(db, 'select to_regclass(?) is not null as found', [table]);
  if (found) return stateOf(await all<Migrated>(db, migratedRows(store)), store);
  await expectUnused(db, store);
  return 'none';
}

/** A row of the table `migrations`. */
export interface Migrated {
  name: string | null;
}

/** The query for the rows from which `stateOf` tells the state. As JSON, because a table of another program can have any columns. */
export const migratedRows = ({ schema }: Store) =>
  `select to_jsonb(migration.*) ->> 'name' as name from ${quoted(schema)}.migrations migration order by name`;

/** @throws RollcallError as `schemaState` does */
export function stateOf(rows: Migrated[], store: Store): SchemaState {
  if (rows.every(({ name }) => name !== firstMigration)) throw foreignError(store, 'migrations');
  const unknown = rows.filter(({ name }) => migrations.every((migration) => migration.name !== name));
  if (unknown.length > 0) {
    throw new RollcallError(
      'failed',
      `the database was written by a newer rollcall (${unknown.map(({ name }) => visible(name ?? '')).join(', ')}); upgrade this one`,
    );
  }
  return rows.length === migrations.length ? 'current' : 'older';
}

/** Relations and types share their names. */
async function expectUnused(db: Knex.Transaction, store: Store): Promise<void> {
  const found = await all<{ name: string }>(
    db,
    `select distinct name from (
       select relname as name, relnamespace as schema from pg_class
       union all select typname, typnamespace from pg_type
     ) named
     where schema = to_regnamespace(?) and name = any (?) order by name`,
    [quoted(store.schema), relations],
  );
  if (found.length > 0) throw foreignError(store, found.map(({ name }) => name).join(', '));
}

const foreignError = ({ name, schema }: Store, found: string) =>
  new RollcallError(
    'failed',
    `the schema ${schema} of the database ${name} contains tables that are not rollcall's, or were not restored whole (${found}); set database.schema to another schema, or restore it again`,
  );
