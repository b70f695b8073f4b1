import type { Knex } from 'knex';
import { run } from '../database/query.ts';

/** What an undo brings back, as it was before the run that it undoes. */
export const restoredTables = `
  -- Users who come back, or whom the run marked as gone or back.
  create temporary table pg_temp.restored_user (
    user_id bigint not null, gone_since timestamptz, gone_listing bigint, created_at timestamptz
  ) on commit drop;
  create temporary table pg_temp.restored_archive (
    id bigint not null,
    -- Null for one that was not there, and is removed.
    name text,
    name_key text collate "C" not null, owner_id bigint, last_owner jsonb, created_at timestamptz,
    -- The user whose change it belongs to.
    user_id bigint not null
  ) on commit drop;
  create temporary table pg_temp.restored_access (
    archive_id bigint not null, user_id bigint not null,
    -- Null for access that ends again.
    privileges text[]
  ) on commit drop;`;

/**
 * Restores what the plan brings back, after names and archives have become free.
 *
 * @returns the number of users who are back
 */
export async function restore(db: Knex.Transaction): Promise<number> {
  const users = await run(
    db,
    `insert into users (id, user_name, name_key, authentication, full_name, distinguished_name, dn_key, email_addresses,
                        address_keys, privileges, gone_since, gone_listing, created_at)
     select user_id, user_name, name_key, 'directoryServices', full_name, distinguished_name, dn_key, email_addresses,
            address_keys, privileges, gone_since, gone_listing, created_at
     from pg_temp.plan join pg_temp.restored_user using (user_id) where action = 'create'`,
  );
  await db.raw(`
    update users set gone_since = r.gone_since, gone_listing = r.gone_listing
    from pg_temp.restored_user r where r.user_id = users.id;
    delete from archives using pg_temp.restored_archive r
    where r.id = archives.id and r.name is null and archives.owner_id is null
      and not exists (select from archive_messages where archive_id = r.id);
    update archives set name = r.name, name_key = r.name_key, owner_id = r.owner_id, last_owner = r.last_owner
    from pg_temp.restored_archive r where r.id = archives.id and r.name is not null;
    insert into archives (id, name, name_key, owner_id, last_owner, created_at)
    select id, name, name_key, owner_id, last_owner, created_at from pg_temp.restored_archive r
    where r.name is not null and not exists (select from archives where archives.id = r.id);
    delete from archive_access using pg_temp.restored_access r
    where r.privileges is null and archive_access.archive_id = r.archive_id and archive_access.user_id = r.user_id;
    -- Whoever has left since gets no access.
    insert into archive_access
    select archive_id, user_id, r.privileges from pg_temp.restored_access r
    join archives on archives.id = archive_id join users on users.id = user_id
    where r.privileges is not null
    on conflict do nothing`);
  return users;
}
