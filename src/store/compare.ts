import type { Knex } from 'knex';
import { dnKeyOf } from '../core/dn.ts';
import { planOrder, type Counts, type Tally } from '../core/plan.ts';
import { readCursor } from './cursor.ts';
import { one } from './transaction.ts';

export interface CompareOptions {
  deleteUsers: boolean;
  renames: boolean;
}

/**
 * Compares the stage with the stored users and writes what follows into the table `plan` of this transaction: one
 * row per change or notice, in the order in which it is shown. The table of all cases is in core/plan.ts.
 */
export async function comparePlan(db: Knex.Transaction, options: CompareOptions): Promise<void> {
  await findDifference(db);
  if (options.renames) await findRenames(db);
  await decide(db, options.deleteUsers);
}

/** Whoever is not the same on both sides; for most runs a handful. */
async function findDifference(db: Knex.Transaction): Promise<void> {
  await db.raw(`
    insert into pg_temp.difference
    select
      case when u.id is null then 'create'
           when s.number is null then 'gone'
           when u.authentication = 'integrated' then 'conflict'
           else 'update' end,
      coalesce(s.name_key, u.name_key), s.number, u.id,
      case when u.id is null then s.distinguished_name else u.distinguished_name end, 'admin' = any (u.privileges)
    from pg_temp.stage s full join users u on u.name_key = s.name_key
    where case
      when u.id is null then s.reason is null
      when s.number is null then u.authentication = 'directoryServices'
      else s.reason is null and (u.authentication = 'integrated'
        or s.full_name is distinct from u.full_name
        or s.distinguished_name is distinct from u.distinguished_name
        or s.address_keys is distinct from u.address_keys)
      end`);
  await db.raw('analyze pg_temp.difference');
}

interface Candidate {
  kind: 'create' | 'gone' | 'skipped';
  entry: number | null;
  user_id: string | null;
  distinguished_name: string;
}

/**
 * Turns a new entry into the new name of the one gone user who had its DN, when no other new entry has it. A gone
 * user whose DN a skipped entry has may have been renamed, too: nobody can tell, so that he is left alone.
 */
async function findRenames(db: Knex.Transaction): Promise<void> {
  const candidates = `
    select kind, entry, user_id, distinguished_name from pg_temp.difference
    where kind in ('create', 'gone') and distinguished_name is not null
    union all
    select 'skipped', number, null, distinguished_name from pg_temp.stage
    where reason is not null and distinguished_name is not null`;
  const { possible } = await one<{ possible: boolean }>(
    db,
    `select count(distinct kind) > 1 and bool_or(kind = 'gone') as possible from (${candidates}) candidates`,
  );
  if (!possible) return;
  for await (const rows of readCursor<Candidate>(db, candidates)) {
    await db.raw(
      'insert into pg_temp.known_dn select * from unnest(?::text[], ?::integer[], ?::bigint[], ?::text[])',
      [
        rows.map(({ kind }) => kind),
        rows.map(({ entry }) => entry),
        rows.map((row) => row.user_id),
        rows.map((row) => dnKeyOf(row.distinguished_name)),
      ] as unknown as Knex.RawBinding[],
    );
  }
  await db.raw(`
    with moved as (
      select max(entry) as entry, max(user_id) as user_id from pg_temp.known_dn
      group by dn_key having count(entry) = 1 and count(user_id) = 1 and not bool_or(kind = 'skipped')
    ),
    former as (
      delete from pg_temp.difference using moved where kind = 'gone' and difference.user_id = moved.user_id
      returning moved.entry, difference.user_id, is_admin
    )
    update pg_temp.difference set kind = 'rename', user_id = former.user_id, is_admin = former.is_admin
    from former where kind = 'create' and difference.entry = former.entry`);
  await db.raw(`
    update pg_temp.difference set kind = 'doubtful'
    where kind = 'gone' and user_id in (
      select user_id from pg_temp.known_dn
      where dn_key in (select dn_key from pg_temp.known_dn where kind = 'skipped'))`);
}

/** Nobody is deleted, and nobody renamed, while an entry could not be told: it may be theirs. */
async function decide(db: Knex.Transaction, deleteUsers: boolean): Promise<void> {
  await db.raw(
    `
    insert into pg_temp.plan
    with rule as materialized (
      select ?::boolean as delete_users, exists (select from pg_temp.stage where name_key is null) as somebody_unknown
    ),
    -- The archive that a new name meets, and the one that a gone user leaves behind.
    found as (
      select difference.*, met.id as met_id, met.owner_id as met_owner, owned.id as owned_id,
        case when kind in ('create', 'rename') and met.id is not null
             then (select count(*) from archive_messages where archive_id = met.id) end as met_messages,
        case when kind = 'gone' and owned.id is not null
             then (select count(*) from archive_messages where archive_id = owned.id) end as owned_messages
      from pg_temp.difference
      left join archives met on kind in ('create', 'rename') and met.name_key = difference.name_key
      left join archives owned on kind in ('rename', 'gone') and owned.owner_id = difference.user_id
    ),
    decided as (
      select case
          when kind = 'conflict' then 'conflict'
          when kind = 'create' and met_owner is not null then 'conflict'
          when kind = 'rename' and met_id is distinct from owned_id and met_id is not null then 'conflict'
          when kind = 'rename' and somebody_unknown then 'conflict'
          when kind = 'doubtful' then 'kept'
          when kind <> 'gone' then kind
          when not delete_users or somebody_unknown then 'kept'
          when is_admin then 'protected'
          else 'delete' end as action,
        found.*, rule.*
      from found cross join rule
    )
    select
      row_number() over (order by array_position(array[${planOrder.map((action) => `'${action}'`).join(', ')}], action), name_key),
      action, entry, user_id,
      case action when 'create' then met_id when 'delete' then owned_id when 'rename' then owned_id end,
      case when action = 'create' and met_id is not null
             then jsonb_build_object('archive', 'takenOver', 'messages', met_messages)
           when action = 'delete' and owned_messages > 0
             then jsonb_build_object('archive', 'kept', 'messages', owned_messages) end,
      case
        when action = 'conflict' then case
          when kind = 'conflict' then 'a user made by hand has this name; the entry of the directory is ignored'
          when kind = 'create' then 'the archive of this name belongs to another user; no user was created'
          when somebody_unknown then 'not renamed while an entry of the listing cannot be told'
          else 'not renamed, because an archive of that name stands already' end
        when action = 'kept' then case
          when kind = 'doubtful' then 'gone by name, kept because a skipped entry has the distinguished name'
          when not delete_users then 'gone from the directory, kept because options.deleteUsers is off'
          else 'gone from the directory, kept because an entry of the listing cannot be told' end
        when action = 'protected' then 'gone from the directory, kept because admins are never deleted' end
    from decided`,
    [deleteUsers],
  );
}

/** What the plan comes to. */
export async function countPlan(
  db: Knex.Transaction,
  tally: Tally,
): Promise<{ counts: Counts; stored: number; listed: number }> {
  const row = await one<Record<string, string>>(
    db,
    `select planned.*, staged.*, (select count(*) from users where authentication = 'directoryServices') as stored
     from (
       select ${planOrder.map((action) => `count(*) filter (where action = '${action}') as "${action}"`).join(', ')},
         count(*) filter (where action = 'conflict' and entry is not null) as ignored from pg_temp.plan
     ) planned,
     (select count(reason) as skipped, count(*) - count(reason) as listed from pg_temp.stage) staged`,
  );
  const n = (name: string) => Number(row[name]);
  const listed = n('listed');
  return {
    stored: n('stored'),
    listed,
    counts: {
      directory: tally.directory,
      outOfScope: tally.outOfScope,
      skipped: n('skipped'),
      unchanged: listed - n('create') - n('rename') - n('update') - n('ignored'),
      created: n('create'),
      renamed: n('rename'),
      updated: n('update'),
      deleted: n('delete'),
      kept: n('kept'),
      conflicts: n('conflict'),
      protected: n('protected'),
    },
  };
}
