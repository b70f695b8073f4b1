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

/** Every name that rollcall gives to a table, view or index of its schema. */
export const relations = [
  ...['migrations', 'migrations_lock', 'commits'],
  ...['users', 'users_name', 'users_addresses', 'users_gone'],
  ...['archives', 'archives_name', 'archives_owner', 'archive_access', 'archive_access_user'],
  ...['messages', 'archive_messages', 'archive_messages_message', 'removed_messages'],
  ...['runs', 'run_changes', 'run_users', 'run_archives', 'run_access'],
  ...['installation', 'attempts', 'manual_changes', 'told', 'health'],
];

/** Another process has created the schema at the same time. This transaction has failed; repeated, it finds the schema. */
export class SchemaCollision extends RollcallError {}

export const collisionOf = ({ name }: Store) =>
  new SchemaCollision(
    'locked',
    `another process is creating the tables of the database ${name}; run it again`,
  );

/** @throws SchemaCollision; RollcallError when the schema belongs to another program, or is from a newer rollcall */
export async function schemaState(db: Knex.Transaction, store: Store): Promise<SchemaState> {
  const read = async () => {
    const rows = await all<Migrated>(db, migratedRows(store));
    // Where a transaction sees one state, a table that was created after it began is there, and looks empty.
    if (rows.length === 0 && !(await isSeen(db, store))) throw collisionOf(store);
    return stateOf(rows, store);
  };
  if (await isThere(db, store)) return read();
  const found = await relationsIn(db, store);
  if (found.length === 0) return 'none';
  // Another process may have created all of them in the meantime.
  if (await isThere(db, store)) return read();
  throw foreignError(store, found.join(', '));
}

async function isSeen(db: Knex.Transaction, { schema }: Store): Promise<boolean> {
  const query = `select exists (
    select from pg_class where relname = 'migrations' and relnamespace = to_regnamespace(?)) as seen`;
  return (await one<{ seen: boolean }>(db, query, [quoted(schema)])).seen;
}

async function isThere(db: Knex.Transaction, { schema }: Store): Promise<boolean> {
  const table = `${quoted(schema)}.migrations`;
  return (await one<{ found: boolean }>(db, 'select to_regclass(?) is not null as found', [table])).found;
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
  const newer = rows.findLast(({ name }) => migrations.every((migration) => migration.name !== name));
  if (newer !== undefined) {
    throw new RollcallError(
      'failed',
      `the database was upgraded by a newer rollcall, to ${visible(newer.name ?? '')}, and this one knows it up to ${migrations.at(-1)?.name ?? ''}; install the newer version here, too`,
    );
  }
  return rows.length === migrations.length ? 'current' : 'older';
}

/** The names of rollcall that are taken. Relations and types share theirs. */
async function relationsIn(db: Knex.Transaction, { schema }: Store): Promise<string[]> {
  const found = await all<{ name: string }>(
    db,
    `select distinct name from (
       select relname as name, relnamespace as schema from pg_class
       union all select typname, typnamespace from pg_type
     ) named
     where schema = to_regnamespace(?) and name = any (?) order by name`,
    [quoted(schema), relations],
  );
  return found.map(({ name }) => name);
}

const foreignError = ({ name, schema }: Store, found: string) =>
  new RollcallError(
    'failed',
    `the schema ${schema} of the database ${name} contains tables that are not rollcall's, or were not restored whole (${found}); set database.schema to another schema, or restore it again`,
  );
