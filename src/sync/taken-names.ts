import type { Knex } from 'knex';
import { milliseconds } from '../core/duration.ts';
import { absenceOf } from './absence.ts';

/** Who leaves, who changes their name, and who arrives; and which of the wanted names are taken. */
export const nameTables = `
  -- What becomes of a stored user whom no entry means.
  create temporary table pg_temp.fate (
    user_id bigint not null,
    -- delete, held, gone, goneCounting, admin, unsure; 'left' for whoever a skipped entry means
    fate text not null,
    identity text,
    -- How far it is counted.
    data jsonb
  ) on commit drop;
  -- Matched users with another name, and entries that mean nobody: all who want a name.
  create temporary table pg_temp.wanted (
    number integer not null,
    name_key text collate "C" not null,
    user_id bigint,
    old_key text collate "C",
    archive_id bigint,
    archive_key text collate "C"
  ) on commit drop;
  create temporary table pg_temp.taken (
    number integer not null, taken_by text not null, holder text
  ) on commit drop;`;

/** Whether users who are gone are deleted: never, at once, or when both are reached. */
export type DeletePolicy = boolean | { after: string; listings: number };

export interface NameOptions {
  deleteUsers: DeletePolicy;
  renames: boolean;
}

/** @param hold whether those who would be deleted because they are gone stay, because they are too many */
export async function settleNames(db: Knex.Transaction, options: NameOptions, hold: boolean): Promise<void> {
  await db.raw('delete from pg_temp.fate; delete from pg_temp.wanted; delete from pg_temp.taken');
  await findFates(db, options.deleteUsers, hold);
  await db.raw(`
    insert into pg_temp.wanted
    select e.number, e.name_key, u.id, u.name_key, archives.id, archives.name_key
    from pg_temp.new_entry e
    left join pg_temp.match m on m.number = e.number
    left join pg_temp.old_user u on u.id = m.user_id
    left join archives on archives.owner_id = u.id
    where u.name_key is distinct from e.name_key
      and not exists (select from pg_temp.doubt d where d.number = e.number);
    analyze pg_temp.wanted; analyze pg_temp.fate`);
  await findTaken(db, options.renames);
}

async function findFates(db: Knex.Transaction, policy: DeletePolicy, hold: boolean): Promise<void> {
  const { after, listings } = typeof policy === 'object' ? policy : { after: '0s', listings: 0 };
  const afterSeconds = milliseconds(after) / 1_000;
  await db.raw(
    `insert into pg_temp.fate
     select id, fate, identity,
       case fate when 'goneCounting' then jsonb_build_object(
         'since', to_char(since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
         'ageSeconds', floor(extract(epoch from age)), 'ofSeconds', of_seconds,
         'listings', listings, 'ofListings', of_listings) end
     from (
       select u.id, since, age, listings, of_seconds, of_listings,
         case
           when a.number is not null and not is_admin and skipped.dn_key is null then 'delete'
           when u.is_skipped or skipped.dn_key is not null then 'left'
           when not ? then 'gone'
           when somebody_unknown then 'unsure'
           when is_admin then 'admin'
           when age < of_seconds * interval '1 second' or listings < of_listings then 'goneCounting'
           when ? then 'held'
           else 'delete' end as fate,
         case when a.number is not null then 'new' end as identity
       from pg_temp.old_user u
       join users using (id)
       cross join lateral ${absenceOf('users')} absence
       cross join (select ?::float8 as of_seconds, ?::integer as of_listings) needed
       left join (select distinct dn_key from pg_temp.stage where scope = 'skipped') skipped on skipped.dn_key = u.dn_key
       cross join (select exists (select from pg_temp.stage where is_anybodys) as somebody_unknown) rule
       left join pg_temp.new_entry e on e.name_key = u.name_key
       left join pg_temp.answer a on a.number = e.number and a.answer = 'new'
       where not exists (select from pg_temp.match m where m.user_id = u.id)
         and not exists (select from pg_temp.doubted where doubted.user_id = u.id)
     ) fated`,
    [policy !== false, hold, afterSeconds, listings],
  );
}

/**
 * A name is taken by an integrated user, by a user who keeps it, or by the archive of either. A user whose new name is
 * taken keeps the old one, which may block the next, along a chain. Users who swap names do not block each other.
 */
async function findTaken(db: Knex.Transaction, renames: boolean): Promise<void> {
  await db.raw(
    `insert into pg_temp.taken
     with recursive
     goes (user_id) as materialized (
       select user_id from pg_temp.wanted where user_id is not null
       union all select user_id from pg_temp.fate where fate = 'delete'
     ),
     fixed (number, user_id, taken_by, holder) as materialized (
       select number, user_id, 'renamesOff', null from pg_temp.wanted where user_id is not null and not ?
       union all
       select w.number, w.user_id,
         case u.authentication when 'integrated' then 'integrated' else 'user' end, u.user_name
       from pg_temp.wanted w join users u using (name_key)
       where u.authentication = 'integrated' or u.id not in (select user_id from goes)
       union all
       select w.number, w.user_id, 'archive', u.user_name
       from pg_temp.wanted w join archives a using (name_key) join users u on u.id = a.owner_id
       where u.id is distinct from w.user_id and u.id not in (select user_id from goes)
     ),
     held (user_id) as (
       select user_id from fixed where user_id is not null
       union
       select w.user_id from held join pg_temp.wanted h using (user_id)
       cross join lateral unnest(array[h.old_key, h.archive_key]) as stays (name_key)
       join pg_temp.wanted w on w.name_key = stays.name_key
       where w.user_id <> h.user_id
     ),
     all_taken as (
       select number, taken_by, holder from fixed
       union all
       select w.number, case w.name_key when h.old_key then 'user' else 'archive' end, u.user_name
       from held join pg_temp.wanted h using (user_id) join users u on u.id = h.user_id
       cross join lateral unnest(array[h.old_key, h.archive_key]) as stays (name_key)
       join pg_temp.wanted w on w.name_key = stays.name_key
       where w.user_id is distinct from h.user_id
     )
     select distinct on (number) number, taken_by, holder from all_taken
     order by number, array_position(array['renamesOff', 'integrated', 'user', 'archive'], taken_by)`,
    [renames],
  );
}
