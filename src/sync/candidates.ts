import type { Knex } from 'knex';

/**
 * The candidates for matching: entries and stored directory users that are not equal on both sides, usually a handful.
 * All others are the same person, because they agree in the name and in every member.
 */
export const candidateTables = `
  -- An entry, a user, or both if they have one name.
  create temporary table pg_temp.different (
    number integer,
    name_key text collate "C",
    dn_key text collate "C",
    user_id bigint
  ) on commit drop;
  create temporary view pg_temp.new_entry as
    select number, name_key, dn_key from pg_temp.different where number is not null;
  create temporary table pg_temp.old_user (
    id bigint not null,
    name_key text collate "C" not null,
    dn_key text collate "C",
    is_admin boolean not null,
    -- A skipped entry has their name: it is theirs, so that no other entry is.
    is_skipped boolean not null
  ) on commit drop;
  create temporary table pg_temp.dn (
    dn_key text collate "C" not null,
    entries bigint not null,
    users bigint not null
  ) on commit drop;`;

export async function findCandidates(db: Knex.Transaction): Promise<void> {
  await db.raw(`
    insert into pg_temp.different
    select e.number, e.name_key, e.dn_key, u.id
    from (select * from pg_temp.stage where scope = 'in') e
    full join (
      select * from users where authentication = 'directoryServices' and id in (select user_id from pg_temp.compared)
    ) u on u.name_key = e.name_key
    where u.id is null or e.number is null
      or e.full_name is distinct from u.full_name
      or e.dn_key is distinct from u.dn_key
      or e.address_keys is distinct from u.address_keys`);
  await db.raw(`
    insert into pg_temp.old_user
    select id, name_key, dn_key, 'admin' = any (privileges), skipped.name_key is not null
    from users left join (select distinct name_key from pg_temp.stage where scope = 'skipped') skipped using (name_key)
    where id in (select user_id from pg_temp.different)`);
  await db.raw('analyze pg_temp.different; analyze pg_temp.old_user');
}
