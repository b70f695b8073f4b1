import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { changesOf, type Counts } from '../core/plan.ts';
import { count } from '../core/printable.ts';
import { lastOwner } from '../database/schema/archive-names.ts';
import { renewStatistics } from './renew-statistics.ts';
import { restore } from './restore.ts';
import { addSecondary, dropSecondary } from '../database/schema/secondary.ts';
import { one, run } from '../database/query.ts';

/**
 * Applies the table `plan`.
 *
 * @param archivePrivileges what a new user may do with their own archive
 * @param restores whether users or archives come back, as in an undo
 * @throws RollcallError when the database has changed since the plan was made
 */
export async function applyPlan(
  db: Knex.Transaction,
  counts: Counts,
  archivePrivileges: string[],
  restores = false,
): Promise<void> {
  await markGone(db);
  if (changesOf(counts) === 0 && !restores) return;
  const { empty } = await one<{ empty: boolean }>(
    db,
    'select not exists (select from users) and not exists (select from archives) as empty',
  );
  const alone = empty && !restores && (await dropSecondary(db));
  // Imports assign mail to archives that this run may delete or hand over. One at a time, or they could deadlock.
  await db.raw('lock table archive_messages in share row exclusive mode');
  // In this order, so that a name is free before it is reused.
  const deleted = alone ? 0 : await deleteUsers(db);
  const changed = alone ? 0 : await updateUsers(db, restores);
  const restored = restores ? await restore(db) : 0;
  const created = restored + (await createUsers(db, archivePrivileges, alone));
  const done = [
    ['deleted', counts.deleted, deleted],
    ['renamed and updated', counts.renamed + counts.updated, changed],
    ['created', counts.created, created],
  ] as const;
  if (alone) await addSecondary(db);
  for (const [what, planned, actual] of done) {
    if (planned !== actual) {
      throw new RollcallError(
        'failed',
        `a trigger or another program changed what the run did (${count(planned, 'user was', 'users were')} to be ${what}, ${actual} were); nothing was written`,
      );
    }
  }
  await renewStatistics(db, counts);
}

/**
 * Records since when users have been absent, and clears it when they are back. A listing in which somebody may be does not
 * count: the number of the first one that lacked them moves on with it.
 */
async function markGone(db: Knex.Transaction): Promise<void> {
  await db.raw(`
    update users set
      gone_since = case when presence <> 'back' then coalesce(gone_since, this.since) end,
      gone_listing = case presence
        when 'absent' then this.listing
        when 'unsure' then coalesce(gone_listing, this.listing) + 1 end
    from pg_temp.presence, (select max(listing) as listing, (select since from pg_temp.this_run) from runs) this
    where presence.user_id = users.id`);
}

/** Checks again, at the moment of deletion, that a user may be deleted. */
async function deleteUsers(db: Knex.Transaction): Promise<number> {
  await db.raw(`
    delete from archives using pg_temp.plan
    where plan.archive_outcome = 'deleted' and archives.id = plan.archive_id
      and not exists (select from archive_messages where archive_id = archives.id)`);
  // An archive that holds mail stays: it records its last owner, and the foreign key clears `owner_id`.
  await db.raw(`
    update archives set last_owner = ${lastOwner('users')}
    from pg_temp.plan join users on users.id = plan.user_id
    where plan.action = 'delete' and archives.owner_id = users.id`);
  return run(
    db,
    `delete from users using pg_temp.plan
     where plan.action = 'delete' and users.id = plan.user_id
       and users.authentication = 'directoryServices' and not 'admin' = any (users.privileges)`,
  );
}

/**
 * One statement for each table, because users may swap names.
 *
 * @param restores whether archives come back; then they get their names with the rest
 */
async function updateUsers(db: Knex.Transaction, restores: boolean): Promise<number> {
  await db.raw(`
    update archives set name = moved.name, name_key = moved.name_key
    from (
      select archive_id as id, outcome_name as name, outcome_key as name_key from pg_temp.plan
      where archive_outcome = 'setAside'
      union all
      select archives.id, plan.user_name, plan.name_key
      from pg_temp.plan join archives on archives.owner_id = plan.user_id where action = 'rename'
    ) moved
    where archives.id = moved.id ${restores ? 'and moved.id not in (select id from pg_temp.restored_archive)' : ''}`);
  return run(
    db,
    `update users set
       user_name = plan.user_name, name_key = plan.name_key, full_name = plan.full_name,
       distinguished_name = plan.distinguished_name, dn_key = plan.dn_key,
       email_addresses = plan.email_addresses, address_keys = plan.address_keys, updated_at = now()
     from pg_temp.plan
     where plan.action in ('rename', 'update') and users.id = plan.user_id
       and users.authentication = 'directoryServices'`,
  );
}

/** @param alone whether nobody else is there, so that a million newcomers need not be looked up */
async function createUsers(
  db: Knex.Transaction,
  archivePrivileges: string[],
  alone: boolean,
): Promise<number> {
  await db.raw(`
    insert into users (user_name, name_key, authentication, full_name, distinguished_name, dn_key,
                       email_addresses, address_keys, privileges)
    select user_name, name_key, 'directoryServices', full_name, distinguished_name, dn_key,
           email_addresses, address_keys, privileges
    from pg_temp.plan where action = 'create' and user_id is null`);
  const created = `select users.* from pg_temp.plan join users using (name_key) where action = 'create' and user_id is null`;
  if (!alone) await takeOverArchives(db);
  await db.raw(`
    insert into archives (name, name_key, owner_id)
    select user_name, name_key, id
    from ${alone ? 'users' : `(${created} and archive_outcome is distinct from 'takenOver') without_archive`}`);
  return run(
    db,
    `insert into archive_access (archive_id, user_id, privileges)
     select id, owner_id, ?::text[] from archives
     where ${alone ? 'true' : `owner_id in (select id from (${created}) created)`}`,
    [archivePrivileges],
  );
}

async function takeOverArchives(db: Knex.Transaction): Promise<void> {
  // Users with access to the last owner's mail must not get access to the next owner's.
  await db.raw(`
    delete from archive_access using pg_temp.plan
    where archive_outcome = 'takenOver' and plan.user_id is null and archive_access.archive_id = plan.archive_id`);
  await db.raw(`
    update archives set owner_id = users.id, last_owner = null
    from pg_temp.plan join users using (name_key)
    where archive_outcome = 'takenOver' and plan.user_id is null and archives.id = plan.archive_id and archives.owner_id is null`);
}
