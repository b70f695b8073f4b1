import type { Knex } from 'knex';
import { nameAside } from '../database/schema/archive-names.ts';
import { rank } from './plan-rows.ts';

/**
 * The plan of this transaction. A row has the reason and everything that will be stored, so that the later steps need
 * nothing else: they count it, check the limits, print it, record it and apply it as it is.
 */
export const planTables = `
  create temporary table pg_temp.plan (
    position integer not null,
    -- create, rename, update, delete; or the reason of a notice
    action text not null,
    -- The position in the listing, where there is one.
    entry integer,
    -- The stored user; null for a new one.
    user_id bigint,
    -- As it is shown: the name before, or the one that a new user gets.
    shown_name text not null,
    identity text,
    -- What is stored then; null where nobody is.
    user_name text,
    name_key text collate "C",
    full_name text,
    distinguished_name text,
    dn_key text collate "C",
    email_addresses text[],
    address_keys text[] collate "C",
    privileges text[],
    archive_name text,
    -- The archive that is left behind, taken or in the way, and how it is called then.
    archive_id bigint,
    archive_outcome text,
    outcome_name text,
    outcome_key text collate "C",
    messages bigint,
    access_ended text[],
    -- What belongs to the reason of a notice.
    data jsonb
  ) on commit drop;
  -- Stored users who are absent now, are back, or may be either (unsure).
  create temporary table pg_temp.presence (user_id bigint not null, presence text not null) on commit drop;`;

/** Fills the plan: one row for each change and notice, in display order. */
export async function fillPlan(db: Knex.Transaction, privileges: string[]): Promise<void> {
  // Usually empty, which Postgres does not expect of a table that it knows nothing of.
  await db.raw('analyze pg_temp.answer; analyze pg_temp.claim; analyze pg_temp.taken');
  await planCreations(db, privileges);
  await planMatched(db);
  await planDeletions(db);
  await planTakenNames(db);
  await planAbsent(db);
  await db.raw('analyze pg_temp.plan (action, user_id, archive_id)');
  await planArchives(db);
  await planPresence(db);
}

/** Positions for new rows, after all existing ones; `order` sorts the new rows. */
const positions = (order: string) =>
  `(select count(*) from pg_temp.plan) + row_number() over (order by ${order})`;

async function planCreations(db: Knex.Transaction, privileges: string[]): Promise<void> {
  // Sorted without what is stored: of a first import, the rows would fill the disk of the server.
  await db.raw(
    `insert into pg_temp.plan (position, action, entry, shown_name, identity, user_name, name_key, full_name,
       distinguished_name, dn_key, email_addresses, address_keys, privileges, archive_name, archive_id, archive_outcome,
       messages)
     select position, 'create', number, user_name, identity, user_name, e.name_key, full_name,
       distinguished_name, dn_key, email_addresses, address_keys, ?::text[],
       case outcome when 'takenOver' then a.name else user_name end, archive_id, outcome, messages
     from (
       select ${positions('w.name_key')} as position, number, answer.answer as identity, claim.archive_id, outcome, messages
       from pg_temp.wanted w
       left join pg_temp.answer using (number)
       left join pg_temp.claim using (number)
       where w.user_id is null and not exists (select from pg_temp.taken where taken.number = w.number)
     ) newcomer
     join pg_temp.stage e using (number)
     left join archives a on a.id = archive_id`,
    [privileges],
  );
}

/** A matched user keeps the stored name if the listed one only differs in spelling, or is taken. */
async function planMatched(db: Knex.Transaction): Promise<void> {
  await db.raw(`
    insert into pg_temp.plan (position, action, entry, user_id, shown_name, identity, user_name, name_key, full_name,
      distinguished_name, dn_key, email_addresses, address_keys, privileges, archive_name, archive_id, archive_outcome,
      messages)
    select ${positions(`${rank('action')}, next.name_key`)}, action, number, u.id, u.user_name, identity,
      next.user_name, next.name_key, e.full_name, e.distinguished_name, e.dn_key, e.email_addresses, e.address_keys,
      u.privileges, case when moves and own.id is not null then e.user_name else own.name end,
      claim.archive_id, outcome, messages
    from pg_temp.match m
    join pg_temp.stage e using (number)
    join users u on u.id = m.user_id
    left join archives own on own.owner_id = u.id
    left join pg_temp.claim using (number)
    left join pg_temp.taken using (number)
    cross join lateral (select e.name_key <> u.name_key and taken_by is null as moves) moving
    cross join lateral (
      select case when moves then 'rename' else 'update' end as action,
        case when moves then e.user_name else u.user_name end as user_name,
        case when moves then e.name_key else u.name_key end as name_key
    ) next
    where moves or e.full_name is distinct from u.full_name or e.dn_key is distinct from u.dn_key
      or e.address_keys is distinct from u.address_keys`);
}

/** An archive that holds mail stays, under another name if another user's archive gets its name. */
async function planDeletions(db: Knex.Transaction): Promise<void> {
  await db.raw(`
    insert into pg_temp.plan (position, action, user_id, shown_name, identity, archive_id, archive_outcome, messages)
    with claimed as (
      select name_key from pg_temp.plan
      where action = 'create' and archive_outcome is distinct from 'takenOver'
        or action = 'rename' and archive_name is not null
    )
    select ${positions('u.name_key')}, 'delete', u.id, user_name, identity, a.id,
      case
        when a.id is null then null
        when messages = 0 then 'deleted'
        when identity = 'new' or a.name_key in (select name_key from claimed) then 'setAside'
        else 'kept' end,
      case when a.id is not null then messages end
    from pg_temp.fate
    join users u on u.id = fate.user_id
    left join archives a on a.owner_id = u.id
    cross join lateral (select count(*) as messages from archive_messages where archive_id = a.id) mail
    where fate = 'delete'`);
}

async function planTakenNames(db: Knex.Transaction): Promise<void> {
  await db.raw(`
    insert into pg_temp.plan (position, action, entry, user_id, shown_name, data)
    select ${positions(`${rank('action')}, coalesce(w.old_key, w.name_key), number`)}, action, number, w.user_id,
      case action when 'integrated' then holder else coalesce(u.user_name, e.user_name) end,
      jsonb_build_object('wanted', e.user_name, 'by', taken_by, 'holder', holder)
    from pg_temp.taken
    join pg_temp.wanted w using (number)
    join pg_temp.stage e using (number)
    left join users u on u.id = w.user_id
    cross join lateral (
      select case when w.user_id is null and taken_by = 'integrated' then 'integrated' else 'nameTaken' end as action
    ) reason`);
}

/** No notice for a user with the name of a skipped entry, which is reported itself; but one for a user with its DN. */
async function planAbsent(db: Knex.Transaction): Promise<void> {
  await db.raw(`
    insert into pg_temp.plan (position, action, user_id, shown_name, data)
    select ${positions(`${rank('action')}, u.name_key`)}, action, u.id, user_name, data
    from pg_temp.fate
    join users u on u.id = fate.user_id
    join pg_temp.old_user old on old.id = u.id
    cross join lateral (select case fate when 'left' then 'unsure' else fate end as action) reason
    where fate not in ('delete', 'left') or fate = 'left' and not old.is_skipped`);
}

/** The names of archives after the run, and who can no longer read them. */
async function planArchives(db: Knex.Transaction): Promise<void> {
  await db.raw(`
    update pg_temp.plan set
      outcome_name = coalesce(aside.name, a.name),
      outcome_key = coalesce(aside.name_key, a.name_key),
      access_ended = case when archive_outcome in ('takenOver', 'deleted') then array(
        select reader.user_name from archive_access join users reader on reader.id = archive_access.user_id
        where archive_access.archive_id = a.id and reader.id is distinct from a.owner_id
        order by reader.user_name collate "C") else '{}' end
    from archives a
    left join lateral (${nameAside('a', ['archives', 'users', 'pg_temp.wanted'])}) aside
      on exists (select from pg_temp.plan p where p.archive_id = a.id and p.archive_outcome = 'setAside')
    where a.id = plan.archive_id`);
}

/** Where deletion is off, users are `gone` even if an unreadable entry may mean anybody. */
const isUnsure = `(fate in ('unsure', 'left') or fate = 'gone' and exists (select from pg_temp.stage where is_anybodys))`;

/** Users in doubt, or meant by an unreadable entry, are neither absent nor back: where they are gone, this listing does not count. */
async function planPresence(db: Knex.Transaction): Promise<void> {
  await db.raw(`
    insert into pg_temp.presence
    select u.id, case when ${isUnsure} then 'unsure' else 'absent' end
    from users u join pg_temp.fate on fate.user_id = u.id
    where fate not in ('delete', 'left') and gone_since is null
    union all
    select u.id, case when unsure.user_id is null then 'back' else 'unsure' end
    from users u
    left join (
      select user_id from pg_temp.fate where ${isUnsure} union select user_id from pg_temp.doubted
    ) unsure on unsure.user_id = u.id
    where gone_since is not null and authentication = 'directoryServices'
      and u.id not in (select user_id from pg_temp.fate where not ${isUnsure})`);
}
