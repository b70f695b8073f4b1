import type { Finding } from '../../core/finding.ts';
import { visible } from '../../core/printable.ts';
import { all, one } from '../../database/query.ts';
import { relations, type SchemaState } from '../../database/schema/state.ts';
import { quoted, type Store } from '../../database/store.ts';
import { inTransaction } from '../../database/transaction.ts';
import { failed, ok, warning } from './verdicts.ts';

interface Rights {
  role: string;
  database: string;
  temporary: boolean;
  createSchema: boolean;
  /** Null if there is no schema. */
  usage: boolean | null;
  createTable: boolean | null;
}

interface TableRights {
  name: string;
  missing: string[];
  owns: boolean;
  /** Whether row security may hide rows. */
  hides: boolean;
}

/**
 * Whether the role may do what `sync test` and `sync now` do. It only asks the catalog.
 *
 * @param state null if it could not be read
 */
export async function rightsFindings(
  store: Store,
  state: SchemaState | null,
  signal: AbortSignal,
): Promise<Finding[]> {
  return inTransaction(store, 'readOnly', signal, async (db) => {
    const schema = quoted(store.schema);
    const rights = await one<Rights>(
      db,
      `select current_user as role, current_database() as database,
         has_database_privilege(current_database(), 'TEMPORARY') as temporary,
         has_database_privilege(current_database(), 'CREATE') as "createSchema",
         has_schema_privilege(to_regnamespace(?), 'USAGE') as usage,
         has_schema_privilege(to_regnamespace(?), 'CREATE') as "createTable"`,
      [schema, schema],
    );
    const tables = await all<TableRights>(
      db,
      `select relname as name, pg_has_role(relowner, 'USAGE') as owns, row_security_active(oid) as hides,
         array(select kind from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) kind
           where not has_table_privilege(oid, kind)) as missing
       from pg_class where relnamespace = to_regnamespace(?) and relkind in ('r', 'p') and relname = any (?) order by 1`,
      [schema, relations],
    );
    const findings = [
      ...findingOf(
        'databaseRightsTest',
        'sync test',
        rights,
        tables,
        lacksToRead(rights, tables, state, store),
      ),
      ...nowFindings(rights, tables, state, store),
    ];
    return { commit: false, value: findings };
  });
}

/** A right that is missing, as a GRANT names it. */
type Lack = string;

const onDatabase = (right: string, { database }: Rights): Lack => `${right} on database ${quoted(database)}`;

function lacksToRead(
  rights: Rights,
  tables: readonly TableRights[],
  state: SchemaState | null,
  store: Store,
): Lack[] {
  const lacks: Lack[] = rights.temporary ? [] : [onDatabase('temporary', rights)];
  if (tables.length === 0) return lacks;
  if (rights.usage !== true) lacks.push(`usage on schema ${quoted(store.schema)}`);
  const unread = tables.filter(({ missing }) => missing.includes('SELECT'));
  if (unread.length === tables.length) lacks.push(`select on all tables in schema ${quoted(store.schema)}`);
  else lacks.push(...unread.map(({ name }) => `select on ${quoted(store.schema)}.${name}`));
  return state === 'older' ? [...lacks, ...lacksToUpgrade(tables, store)] : lacks;
}

function lacksToWrite(
  rights: Rights,
  tables: readonly TableRights[],
  state: SchemaState | null,
  store: Store,
): Lack[] {
  const lacks: Lack[] = rights.temporary ? [] : [onDatabase('temporary', rights)];
  const schema = quoted(store.schema);
  if (rights.usage === null) return rights.createSchema ? lacks : [...lacks, onDatabase('create', rights)];
  if (!rights.usage) lacks.push(`usage on schema ${schema}`);
  if (tables.length === 0)
    return rights.createTable === true ? lacks : [...lacks, `create on schema ${schema}`];
  if (state === 'older') return [...lacks, ...lacksToUpgrade(tables, store)];
  const kinds = [...new Set(tables.flatMap(({ missing }) => missing))];
  if (kinds.length > 0) lacks.push(`${kinds.join(', ').toLowerCase()} on all tables in schema ${schema}`);
  return lacks;
}

const lacksToUpgrade = (tables: readonly TableRights[], { schema }: Store): Lack[] =>
  tables.every(({ owns }) => owns)
    ? []
    : [`the ownership of the tables in schema ${quoted(schema)}, to upgrade them`];

function nowFindings(
  rights: Rights,
  tables: readonly TableRights[],
  state: SchemaState | null,
  store: Store,
): Finding[] {
  const check = 'databaseRightsNow';
  const found = findingOf(check, 'sync now', rights, tables, lacksToWrite(rights, tables, state, store));
  if (found.some(({ grade }) => grade !== 'ok') || tables.every(({ owns }) => owns)) return found;
  const said = `the role ${visible(rights.role)} may do what sync now does, but does not own the tables`;
  return [warning(check, said, 'a later version can only upgrade them as their owner')];
}

function findingOf(
  check: string,
  command: string,
  rights: Rights,
  tables: readonly TableRights[],
  lacks: readonly Lack[],
): Finding[] {
  const role = visible(rights.role);
  const hidden = tables.filter(({ hides }) => hides).map(({ name }) => name);
  if (lacks.length > 0) {
    const said = `the role ${role} lacks what ${command} needs: ${visible(lacks.join('; '))}`;
    const grants = lacks
      .filter((lack) => !lack.startsWith('the '))
      .map((lack) => `grant ${lack} to ${quoted(rights.role)};`);
    const advice = grants.length === lacks.length ? visible(grants.join(' ')) : 'run it as the owner';
    return [failed(check, said, `${advice} (docs/operations.md lists all rights)`)];
  }
  if (hidden.length === 0) return [ok(check, `the role ${role} may do what ${command} does`)];
  const said = `row security may hide rows of ${hidden.join(', ')} from the role ${role}: ${command} is refused`;
  return [failed(check, said, 'take the policies off, or give the role BYPASSRLS')];
}
