import type { Knex } from 'knex';
import { planOrder, type Counts, type Tally } from '../core/plan.ts';
import { one } from './transaction.ts';

export interface CompareOptions {
  deleteUsers: boolean;
  renames: boolean;
  /** Of a new user. */
  privileges: string[];
}

const shown = planOrder.map((action) => `'${action}'`).join(', ');

/** The members of a user that the history and the reports show; the keys are those of `UserState`. */
const state = (row: string, privileges: string) => `jsonb_build_object(
  'userName', ${row}.user_name, 'fullName', ${row}.full_name, 'distinguishedName', ${row}.distinguished_name,
  'emailAddresses', ${row}.email_addresses, 'privileges', ${privileges})`;

/**
 * Compares the stage with the stored users and writes what follows into the table `plan` of this transaction: one
 * row per change or notice, in the order in which it is shown. The table of all cases is in core/plan.ts.
 *
 * Nobody is deleted, and nobody renamed, while an entry could not be told: it may be theirs.
 */
export async function comparePlan(db: Knex.Transaction, options: CompareOptions): Promise<void> {
  await db.raw(
    `
    insert into plan
    with setting as materialized (
      select ?::boolean as delete_users, ?::boolean as follow_renames, ?::text[] as privileges,
             exists (select from stage where name_key is null) as somebody_unknown
    ),
    -- Whoever is not the same on both sides; for most runs a handful.
    difference as materialized (
      select s, u,
        case when u.id is null then 'create'
             when s.number is null then 'gone'
             when u.authentication = 'integrated' then 'conflict'
             else 'update' end as kind
      from stage s full join users u on u.name_key = s.name_key
      where case
        when u.id is null then s.reason is null
        when s.number is null then u.authentication = 'directoryServices'
        else s.reason is null and (u.authentication = 'integrated'
          or s.full_name is distinct from u.full_name
          or s.distinguished_name is distinct from u.distinguished_name
          or s.address_keys is distinct from u.address_keys)
        end
    ),
    -- A DN that one gone user had, and that one entry has now.
    gone as (
      select (u).dn_key, min((u).id) as user_id from difference
      where kind = 'gone' and (u).dn_key is not null group by 1 having count(*) = 1
    ),
    listed as (
      select dn_key, min(number) as number from stage
      where reason is null and dn_key in (select dn_key from gone) group by 1 having count(*) = 1
    ),
    moved as materialized (
      select listed.number, gone.user_id
      from listed join gone using (dn_key) join difference on kind = 'create' and (s).number = listed.number
      where (select follow_renames from setting)
    ),
    pair as (
      select case when moved.number is null then d.kind else 'rename' end as kind,
             d.s, case when moved.number is null then d.u else former.u end as u
      from difference d
      left join moved on moved.number = (d.s).number
      left join difference former on former.kind = 'gone' and (former.u).id = moved.user_id
      where d.kind <> 'gone'
      union all
      select 'gone', d.s, d.u from difference d
      where d.kind = 'gone' and (d.u).id not in (select user_id from moved)
    ),
    -- The archive that a new name meets, and the one that a gone user leaves behind.
    found as (
      select pair.*, met.id as met_id, met.owner_id as met_owner, owned.id as owned_id,
        case when kind in ('create', 'rename') and met.id is not null
             then (select count(*) from archive_messages where archive_id = met.id) end as met_messages,
        case when kind = 'gone' and owned.id is not null
             then (select count(*) from archive_messages where archive_id = owned.id) end as owned_messages
      from pair
      left join archives met on kind in ('create', 'rename') and met.name_key = (s).name_key
      left join archives owned on kind in ('rename', 'gone') and owned.owner_id = (u).id
    ),
    decided as (
      select case
          when kind = 'conflict' then 'conflict'
          when kind = 'create' and met_owner is not null then 'conflict'
          when kind = 'rename' and met_id is distinct from owned_id and met_id is not null then 'conflict'
          when kind = 'rename' and somebody_unknown then 'conflict'
          when kind <> 'gone' then kind
          when not delete_users or somebody_unknown then 'kept'
          when 'admin' = any ((u).privileges) then 'protected'
          else 'delete' end as action,
        found.*, setting.*
      from found cross join setting
    )
    select
      row_number() over (order by array_position(array[${shown}], action), name_key),
      action, user_name, user_id, entry, before, after, archive_id, note, message
    from (
      select action,
        coalesce((u).name_key, (s).name_key) as name_key,
        coalesce((u).user_name, (s).user_name) as user_name,
        (u).id as user_id,
        (s).number as entry,
        case when action in ('rename', 'update', 'delete') then ${state('(u)', '(u).privileges')} end as before,
        case when action in ('create', 'rename', 'update')
          then ${state('(s)', "case action when 'create' then decided.privileges else (u).privileges end")} end as after,
        case action when 'create' then met_id when 'delete' then owned_id when 'rename' then owned_id end as archive_id,
        case when action = 'create' and met_id is not null
               then jsonb_build_object('archive', 'takenOver', 'messages', met_messages)
             when action = 'delete' and owned_messages > 0
               then jsonb_build_object('archive', 'kept', 'messages', owned_messages) end as note,
        case
          when action = 'conflict' then case
            when kind = 'conflict' then 'a user made by hand has this name; the entry of the directory is ignored'
            when kind = 'create' then 'the archive of this name belongs to another user; no user was created'
            when somebody_unknown then 'seems to be ' || (s).user_name || ' now, but is not renamed while an entry cannot be told'
            else 'is ' || (s).user_name || ' now, but an archive of that name stands already; not renamed' end
          when action = 'kept' then case
            when not delete_users then 'gone from the directory, kept because options.deleteUsers is off'
            else 'gone from the directory, kept because an entry of the listing cannot be told' end
          when action = 'protected' then 'gone from the directory, kept because admins are never deleted' end as message
      from decided
    ) named`,
    [options.deleteUsers, options.renames, options.privileges],
  );
}

/** What the plan comes to. */
export async function countPlan(
  db: Knex.Transaction,
  tally: Tally,
): Promise<{ counts: Counts; stored: number; listed: number }> {
  const row = await one<Record<string, string>>(
    db,
    `select ${planOrder.map((action) => `count(*) filter (where action = '${action}') as "${action}"`).join(', ')},
       count(*) filter (where action = 'conflict' and entry is not null) as ignored,
       (select count(*) from stage where reason is not null) as skipped,
       (select count(*) from stage where reason is null) as listed,
       (select count(*) from users where authentication = 'directoryServices') as stored
     from plan`,
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
