import type { Knex } from 'knex';
import { count, visible } from '../core/printable.ts';
import { readCursor } from '../database/cursor.ts';
import { all, one } from '../database/query.ts';
import { stale } from './plan-fits.ts';
import { isChange } from './plan-rows.ts';

/** The table for the rows that a saved plan stood on when it was made. */
export const standingTable = `
  create temporary table pg_temp.standing (kind text, id bigint, name text, state jsonb) on commit drop;`;

/**
 * Every row that the plan touches or needs: the users and archives that it changes, those that have a name that it gives,
 * and those that share a DN by which somebody was recognized. Of an archive it matters whether it holds mail, not how much.
 */
const standing = (isUndo: boolean) => {
  const ofUndo = (more: string) => (isUndo ? more : '');
  return `
  with planned as (select * from pg_temp.plan where ${isChange}),
  touched as (
    select user_id as id from planned where user_id is not null union select user_id from pg_temp.presence
    ${ofUndo('union select user_id from pg_temp.restored_user')}
  ),
  names as (
    select name_key from planned where name_key is not null
    union select outcome_key from planned where outcome_key is not null
    ${ofUndo('union select name_key from pg_temp.restored_archive')}
  ),
  dns as (
    select dn_key from planned where dn_key is not null
    union select dn_key from users where dn_key is not null and id in (select id from touched)
  ),
  concerned as (
    select archive_id as id from planned where archive_id is not null
    ${ofUndo('union select id from pg_temp.restored_archive union select archive_id from pg_temp.restored_access')}
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
    when a.id in (select id from concerned) then jsonb_build_object(
      'holds_mail', exists (select from archive_messages where archive_id = a.id),
      'access', (select jsonb_object_agg(user_id, privileges) from archive_access where archive_id = a.id))
    else '{}' end
  from archives a
  where id in (select id from concerned) or owner_id in (select id from touched)
    or name_key in (select name_key from names)`;
};

/** What the plan of this transaction stands on. */
export async function* readStanding(db: Knex.Transaction, isUndo: boolean): AsyncGenerator<object> {
  for await (const rows of readCursor<object>(db, standing(isUndo))) yield* rows;
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
export async function expectStanding(db: Knex.Transaction, isUndo: boolean): Promise<void> {
  const differing = `
    from pg_temp.standing saved full join (${standing(isUndo)}) now using (kind, id)
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
  return `${what} (${members.map(visible).join(', ')})`;
}
