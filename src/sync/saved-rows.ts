import type { Knex } from 'knex';
import { dnKeyOf } from '../core/dn.ts';
import { RollcallError } from '../core/errors.ts';
import { addressKeysOf, keyOf } from '../core/names.ts';
import { actions } from '../core/plan.ts';
import type { Basis, SavedRow } from '../core/saved.ts';
import { count, visible } from '../core/printable.ts';
import { readCursor } from '../database/cursor.ts';
import { all, one } from '../database/query.ts';
import { migrations } from '../database/schema/migrations.ts';
import type { SchemaState } from '../database/schema/state.ts';
import type { Store } from '../database/store.ts';

const changes = `(select * from pg_temp.plan where action in (${actions.map((action) => `'${action}'`).join(', ')}))`;

/** The tables that a plan is applied from, each with the rows that are saved. */
const carried: Readonly<Record<string, string>> = {
  plan: changes,
  presence: 'pg_temp.presence',
  restored_user: 'pg_temp.restored_user',
  restored_archive: 'pg_temp.restored_archive',
  restored_access: 'pg_temp.restored_access',
};

/**
 * Every row that the plan touches or needs: the users and archives that it changes, those that have a name that it gives,
 * and those that share a DN by which somebody was recognized. Of an archive it matters whether it holds mail, not how much.
 */
const standing = `
  with planned as ${changes},
  touched as (
    select user_id as id from planned where user_id is not null union select user_id from pg_temp.presence
    union select user_id from pg_temp.restored_user
  ),
  names as (
    select name_key from planned where name_key is not null
    union select outcome_key from planned where outcome_key is not null
    union select name_key from pg_temp.restored_archive
  ),
  dns as (
    select dn_key from planned where dn_key is not null
    union select dn_key from users where dn_key is not null and id in (select id from touched)
  )
  select 'users' as kind, u.id, u.user_name as name,
    to_jsonb(u) - '{password_hash,created_at,updated_at}'::text[] || jsonb_build_object('access', case
      when exists (select from planned where user_id = u.id and action = 'delete')
      then (select jsonb_object_agg(archive_id, privileges) from archive_access where user_id = u.id) end) as state
  from users u
  where id in (select id from touched) or name_key in (select name_key from names)
    or authentication = 'directoryServices' and dn_key in (select dn_key from dns)
  union all
  select 'archives', a.id, a.name, to_jsonb(a) - 'created_at' || case
    when exists (select from planned where archive_id = a.id)
      or exists (select from pg_temp.restored_archive r where r.id = a.id)
      or exists (select from pg_temp.restored_access r where r.archive_id = a.id) then jsonb_build_object(
      'holds_mail', exists (select from archive_messages where archive_id = a.id),
      'access', (select jsonb_object_agg(user_id, privileges) from archive_access where archive_id = a.id))
    else '{}' end
  from archives a
  where id in (select archive_id from planned union select id from pg_temp.restored_archive
      union select archive_id from pg_temp.restored_access) or owner_id in (select id from touched)
    or name_key in (select name_key from names)`;

/** What the plan of this transaction is applied from, and what it stands on. Read it before it is applied. */
export async function* savedRows(db: Knex.Transaction): AsyncGenerator<SavedRow> {
  for (const [table, rows] of Object.entries(carried)) {
    const query = `select to_json(saved) as row from ${rows} saved`;
    for await (const batch of readCursor<{ row: object }>(db, query)) {
      for (const { row } of batch) yield { type: 'row', table, row };
    }
  }
  for await (const batch of readCursor<object>(db, standing)) {
    for (const row of batch) yield { type: 'row', table: 'standing', row };
  }
}

/** The table for the rows that a saved plan stood on when it was made. */
export const standingTable = `
  create temporary table pg_temp.standing (kind text, id bigint, name text, state jsonb) on commit drop;`;

const batchSize = 1_000;

/**
 * Fills the tables of a run from a saved plan. Keys are those of what is shown.
 *
 * @param onlyStanding whether the plan itself is made anew
 */
export async function loadRows(
  db: Knex.Transaction,
  rows: AsyncIterable<SavedRow>,
  onlyStanding: boolean,
): Promise<void> {
  let table = '';
  let batch: object[] = [];
  const send = async () => {
    if (batch.length === 0) return;
    await db.raw(
      `insert into pg_temp.${table} select (json_populate_record(null::pg_temp.${table}, row)).*
       from json_array_elements(?::json) as saved (row)`,
      [JSON.stringify(batch)],
    );
    batch = [];
  };
  for await (const saved of rows) {
    if (saved.table !== table || batch.length === batchSize) await send();
    if (saved.table !== 'standing' && !(saved.table in carried))
      throw new RollcallError(
        'failed',
        `the saved plan has rows of an unknown table, ${visible(saved.table)}`,
      );
    table = saved.table;
    if (table === 'standing') batch.push(saved.row);
    else if (!onlyStanding) batch.push(table === 'plan' ? withKeys(saved.row) : saved.row);
  }
  await send();
  await db.raw('analyze pg_temp.plan; analyze pg_temp.presence; analyze pg_temp.standing');
}

function withKeys(row: object): object {
  const planned = row as {
    user_name: string | null;
    distinguished_name: string | null;
    email_addresses: string[] | null;
    outcome_name: string | null;
  };
  const {
    user_name: name,
    distinguished_name: dn,
    email_addresses: addresses,
    outcome_name: aside,
  } = planned;
  return {
    ...planned,
    name_key: name === null ? null : keyOf(name),
    dn_key: dn === null ? null : dnKeyOf(dn),
    address_keys: addresses && [...new Set(addresses.flatMap(addressKeysOf))],
    outcome_key: aside === null ? null : keyOf(aside),
  };
}

interface Difference {
  kind: 'users' | 'archives';
  name: string;
  saved: Record<string, unknown> | null;
  now: Record<string, unknown> | null;
}

/** How many rows are named that no longer fit. */
const mostNamed = 10;

/** @throws RollcallError (6) that lists the rows that are no longer as they were when the plan was made */
export async function expectStanding(db: Knex.Transaction): Promise<void> {
  const differing = `
    from pg_temp.standing saved full join (${standing}) now using (kind, id)
    where saved.state is distinct from now.state`;
  const { rows } = await one<{ rows: number }>(db, `select count(*)::float8 as rows ${differing}`);
  if (rows === 0) return;
  const some = await all<Difference>(
    db,
    `select kind, coalesce(saved.name, now.name) collate "C" as name, saved.state as saved, now.state as now ${differing}
     order by kind desc, name limit ${mostNamed}`,
  );
  const more = rows > some.length ? ['…'] : [];
  throw stale(
    `${count(rows, 'row differs', 'rows differ')}: ${[...some.map(differenceText), ...more].join('; ')}`,
  );
}

function differenceText({ kind, name, saved, now }: Difference): string {
  const what = `${kind === 'users' ? 'the user' : 'the archive'} ${visible(name)}`;
  if (saved === null) return `${what} is new`;
  if (now === null) return `${what} is no longer there`;
  const members = Object.keys({ ...saved, ...now }).filter(
    (member) => JSON.stringify(saved[member]) !== JSON.stringify(now[member]),
  );
  return `${what} (${members.join(', ')})`;
}

/** @throws RollcallError (6) when somebody would leave whom a newer listing may have had again */
export async function expectLastListing(db: Knex.Transaction): Promise<void> {
  const { leaves } = await one<{ leaves: boolean }>(
    db,
    `select exists (select from pg_temp.presence) or exists (select from pg_temp.plan where action = 'delete') as leaves`,
  );
  if (leaves)
    throw stale('a newer listing was synchronized since, and it deletes users or marks them as gone');
}

/** @throws RollcallError (6) when the plan was applied before: what it touches would differ, for a reason that is clear */
export async function expectNotApplied(db: Knex.Transaction, digest: string): Promise<void> {
  const [row] = await all<{ id: string }>(db, 'select id from runs where plan = ? limit 1', [digest]);
  if (row !== undefined)
    throw new RollcallError(
      'stale',
      `the saved plan was applied before, as run ${row.id}; nothing was changed; "rollcall history ${row.id}" shows it`,
    );
}

/** A plan that no longer fits. */
export const stale = (reason: string) =>
  new RollcallError(
    'stale',
    `the saved plan no longer fits, and nothing was changed: ${reason}; make a new one with "rollcall sync test --save"`,
  );

/** What a plan that is made now stands on. */
export async function basisOf(
  db: Knex.Transaction,
  store: Store,
  state: SchemaState,
  { scope, options, defaultPrivileges }: Pick<Basis, 'scope' | 'options' | 'defaultPrivileges'>,
): Promise<Basis> {
  const { id, listing } = await one<{ id: string; listing: number }>(
    db,
    'select id, (select coalesce(max(listing), 0) + 1 from runs)::float8 as listing from installation',
  );
  const schema = { name: store.schema, version: migrations.at(-1)?.name ?? '' };
  // In other states, the tables of this transaction are rolled back, with this number.
  return {
    scope,
    options,
    defaultPrivileges,
    schema,
    installation: state === 'current' ? id : null,
    listing,
  };
}
