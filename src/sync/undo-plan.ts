import type { Knex } from 'knex';
import type { UserState } from '../core/plan.ts';
import { readCursor } from '../database/cursor.ts';
import { one, run } from '../database/query.ts';
import { insertRows, rank, withKeys } from './plan-rows.ts';
import { planAccess } from './returning-access.ts';

/** The changes of a run, turned round. */
export const undoTables = `
  create temporary table pg_temp.undone (
    action text not null,
    user_id bigint not null,
    archive_id bigint,
    -- As it is shown: the name now, or the one that a user gets back.
    shown_name text not null,
    -- How the user was before the run; null for one whom the run created.
    state jsonb,
    -- What has changed since; empty if the change can be taken back.
    later text[] not null
  ) on commit drop;`;

/** Fills the plan with the changes of a run, turned round; what was changed since becomes a notice `laterChange`. */
export async function planUndo(db: Knex.Transaction, undone: number): Promise<void> {
  await findUndone(db, undone);
  await planStates(db);
  await planRestored(db, undone);
  await leaveOutTaken(db);
  await planAccess(db, undone);
  await planArchives(db);
  await numberPlan(db);
}

/** Whether an undo marks somebody who stays as gone, or as back. */
export async function marksAnew(db: Knex.Transaction): Promise<boolean> {
  const query = `
    select exists (
      select from pg_temp.restored_user r join users on users.id = r.user_id
      where (r.gone_since is null) <> (users.gone_since is null)) as some`;
  return (await one<{ some: boolean }>(db, query)).some;
}

/** The opposite of each change, and whether everything is as the run left it. */
async function findUndone(db: Knex.Transaction, undone: number): Promise<void> {
  await db.raw(
    `insert into pg_temp.undone
     select case c.action when 'create' then 'delete' when 'delete' then 'create'
         else case when c.before ->> 'userName' = c.after ->> 'userName' then 'update' else 'rename' end end,
       c.user_id, c.archive_id, coalesce(c.after ->> 'userName', c.user_name), c.before,
       array_remove(array[
         -- Somebody who was forgotten.
         case when c.before is null and c.after is null then 'user'
           when c.action = 'delete' then case when u.id is not null then 'user' end
           when u.id is null then 'user' end,
         case when u.id is not null and c.action <> 'delete' and u.authentication <> 'directoryServices' then 'authentication' end,
         case when u.user_name <> c.after ->> 'userName' then 'userName' end,
         case when u.full_name is distinct from c.after ->> 'fullName' and u.id is not null then 'fullName' end,
         case when u.distinguished_name is distinct from c.after ->> 'distinguishedName' and u.id is not null
           then 'distinguishedName' end,
         case when to_jsonb(u.email_addresses) <> c.after -> 'emailAddresses' then 'emailAddresses' end,
         case when to_jsonb(u.privileges) <> c.after -> 'privileges' then 'privileges' end,
         case when u.id is not null and own.name is distinct from c.after ->> 'archive' then 'archive' end,
         -- The archive that had the name, was taken over, or was left behind: nobody may have had it in between.
         case when was.archive_id is not null and (
             other.name is distinct from was.left_name or other.owner_id is distinct from was.left_owner_id
             or other.last_owner is distinct from was.left_last_owner) then 'archive' end,
         -- Whoever could read it before would read what has come for its new owner.
         case when c.action = 'create' and c.archive ->> 'outcome' = 'takenOver'
           and (select count(*) from archive_messages where archive_messages.archive_id = other.id) > was.left_messages
           then 'mail' end,
         case when c.action = 'create' and 'admin' = any (u.privileges) then 'privileges' end,
         case when c.action = 'create' and exists (
             select from archive_access x
             where (x.user_id = u.id or x.archive_id = own.id)
               -- What a newcomer gets, what an undo gave back, and what was there before.
               and not (x.user_id = u.id and x.archive_id = own.id
                 and to_jsonb(x.privileges) = run.options #> '{defaultPrivileges,archive}')
               and not exists (
                 select from run_access y
                 where y.run_id in (run.id, run.undoes) and y.archive_id = x.archive_id and y.user_id = x.user_id
                   and y.privileges = x.privileges)
           ) then 'access' end
       ], null)
     from run_changes c
     join runs run on run.id = c.run_id
     left join users u on u.id = c.user_id
     left join archives own on own.owner_id = u.id
     left join archives other on other.id = c.archive_id
     left join run_archives was on was.run_id = c.run_id and was.archive_id = c.archive_id
     where c.run_id = ?`,
    [undone],
  );
}

interface State {
  action: string;
  user_id: string;
  archive_id: string | null;
  shown_name: string;
  state: UserState | null;
}

/** The changes that nothing contradicts, with the keys of what is stored then. */
async function planStates(db: Knex.Transaction): Promise<void> {
  const query = `select action, user_id, archive_id, shown_name, state from pg_temp.undone where later = '{}'`;
  for await (const rows of readCursor<State>(db, query)) {
    await insertRows(db, 'plan', rows.map(planned));
  }
}

function planned({ state, ...row }: State): object {
  if (state === null) return { position: 0, ...row };
  return withKeys({
    ...{ position: 0, ...row },
    ...(row.action === 'create' && { shown_name: state.userName }),
    ...{ user_name: state.userName, full_name: state.fullName, distinguished_name: state.distinguishedName },
    ...{ email_addresses: state.emailAddresses, privileges: state.privileges, archive_name: state.archive },
  });
}

/** Users, archives and access as they were before the run. */
async function planRestored(db: Knex.Transaction, undone: number): Promise<void> {
  const rows = (sql: string) => db.raw(sql, [undone]);
  await rows(`
    insert into pg_temp.restored_user
    select user_id, was.gone_since, was.gone_listing, was.created_at
    from run_users was left join users u on u.id = user_id
    where run_id = ? and case
      when u.id is null then user_id in (select user_id from pg_temp.plan where action = 'create')
      -- Not where a later run has found out more.
      else u.authentication = 'directoryServices' and u.gone_since is not distinct from left_since
        and u.gone_listing is not distinct from left_listing end`);
  await db.raw('analyze pg_temp.plan; analyze pg_temp.undone');
  await rows(`
    insert into pg_temp.restored_archive
    with was as materialized (
      select was.*, now.name_key as now_key, now.owner_id as now_owner, now.id is not null as is_there
      from run_archives was left join archives now on now.id = was.archive_id where was.run_id = ?
    ),
    comes as (select user_id, name_key from pg_temp.plan where action in ('create', 'rename')),
    linked (archive_id, user_id, nth) as (
      select was.archive_id, plan.user_id, 1 from was join pg_temp.plan using (archive_id)
      union all select archive_id, comes.user_id, 2 from was join comes on comes.user_id = was.owner_id
      -- An undo gave it the name, which its user gets back now.
      union all select archive_id, comes.user_id, 3 from was join comes on comes.name_key = was.now_key
      where was.now_owner is null and was.is_there
    )
    select distinct on (archive_id) archive_id, name, name_key, owner_id, last_owner, created_at, linked.user_id
    from was join linked using (archive_id)
    where name is not null or is_there and now_owner is null
      and not exists (select from archive_messages where archive_messages.archive_id = was.archive_id)
    order by archive_id, nth`);
}

/**
 * Leaves out what would need a name that somebody else has by now, or an archive. What is left out keeps its own names, which
 * others may need in turn.
 */
async function leaveOutTaken(db: Knex.Transaction): Promise<void> {
  let left: number;
  do {
    left = await run(
      db,
      `with stays (name_key, id) as (
         select name_key, id from users
         where id not in (select user_id from pg_temp.plan where action in ('delete', 'rename'))
       ),
       shelved (name_key, id) as (
         select name_key, id from archives
         where id not in (select id from pg_temp.restored_archive)
           and not exists (
             select from pg_temp.plan where action = 'delete' and user_id = owner_id
               and not exists (select from archive_messages where archive_messages.archive_id = archives.id))
       ),
       -- An archive that keeps the name, because mail has come for the newcomer: then neither of the two is taken back.
       crowded as (
         select going.user_id
         from pg_temp.plan going join archives a on a.owner_id = going.user_id
         join pg_temp.restored_archive r on r.name_key = a.name_key and r.name is not null and r.id <> a.id
         where going.action = 'delete' and a.id not in (select id from pg_temp.restored_archive)
           and exists (select from archive_messages where archive_messages.archive_id = a.id)
       ),
       taken as (
         select user_id from crowded
         union
         select user_id from pg_temp.plan join stays using (name_key) where stays.id <> user_id
         union
         select r.user_id from pg_temp.restored_archive r join shelved using (name_key)
         where r.name is not null and shelved.id <> r.id
       ),
       gone as (
         delete from pg_temp.plan using taken where taken.user_id = plan.user_id returning plan.user_id
       )
       update pg_temp.undone set later = '{name}' from gone where undone.user_id = gone.user_id`,
    );
    await db.raw(`
      delete from pg_temp.restored_archive where user_id not in (select user_id from pg_temp.plan);
      delete from pg_temp.restored_user r
      where user_id not in (select user_id from pg_temp.plan) and user_id not in (select id from users)`);
  } while (left > 0);
}

/** What becomes of the archives of those who go, and of those that get their owner back. */
async function planArchives(db: Knex.Transaction): Promise<void> {
  await db.raw(`
    update pg_temp.plan set archive_id = own.id, archive_outcome = own.outcome, outcome_name = own.name,
      outcome_key = own.name_key, messages = own.messages, access_ended = '{}'
    from (
      select a.owner_id, a.id, coalesce(r.name, a.name) as name, coalesce(r.name_key, a.name_key) as name_key, messages,
        case when r.id is null and messages = 0 then 'deleted' else 'kept' end as outcome
      from archives a left join pg_temp.restored_archive r on r.id = a.id
      cross join lateral (select count(*) as messages from archive_messages where archive_id = a.id) mail
    ) own
    where action = 'delete' and own.owner_id = user_id;
    update pg_temp.plan set archive_outcome = 'takenOver', outcome_name = r.name, outcome_key = r.name_key,
      messages = (select count(*) from archive_messages where archive_id = r.id), access_ended = '{}'
    from pg_temp.restored_archive r join archives using (id)
    where action = 'create' and r.owner_id = plan.user_id;
    -- An empty archive comes back with its owner, which is what everybody expects.
    update pg_temp.plan set archive_id = null where archive_outcome is null`);
}

/** In the order of every plan, with what is left out at the end. */
async function numberPlan(db: Knex.Transaction): Promise<void> {
  await db.raw(`
    insert into pg_temp.plan (position, action, user_id, shown_name, data)
    select 0, 'laterChange', user_id, shown_name, jsonb_build_object('differs', later)
    from pg_temp.undone where later <> '{}';
    update pg_temp.plan set position = numbered.n
    from (
      select ctid as row, row_number() over (
        order by ${rank('action')}, coalesce(name_key, lower(shown_name)), user_id
      ) as n from pg_temp.plan
    ) numbered
    where plan.ctid = numbered.row`);
}
