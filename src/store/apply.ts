import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { changesOf, type Counts } from '../core/plan.ts';
import { addSecondary, dropSecondary } from './secondary.ts';
import { one, run } from './transaction.ts';

export interface Privileges {
  user: string[];
  archive: string[];
}

/**
 * Carries out the table `plan`.
 *
 * @param given what a new user may do, and what he may do with his own archive
 * @throws RollcallError when the database is no longer what the plan was made for
 */
export async function applyPlan(db: Knex.Transaction, counts: Counts, given: Privileges): Promise<void> {
  await markGone(db);
  if (changesOf(counts) === 0) return;
  const { empty } = await one<{ empty: boolean }>(
    db,
    'select not exists (select from users) and not exists (select from archives) as empty',
  );
  if (empty) await dropSecondary(db);
  const done = [
    // Deleted before created, renamed before created: a name is free before it is given again.
    ['deleted', counts.deleted, await deleteUsers(db)],
    ['renamed and updated', counts.renamed + counts.updated, await updateUsers(db)],
    ['created', counts.created, await createUsers(db, given)],
  ] as const;
  if (empty) await addSecondary(db);
  for (const [what, planned, actual] of done) {
    if (planned !== actual) {
      throw new RollcallError(
        'failed',
        `the user database was changed by somebody else during the run (${planned} users to be ${what}, ${actual} were); nothing was written, run it again`,
      );
    }
  }
}

/** Remembers since when somebody is kept though gone, and forgets it when he is back. */
async function markGone(db: Knex.Transaction): Promise<void> {
  const gone = `select user_id from pg_temp.plan where action in ('kept', 'protected')`;
  await db.raw(`update users set gone_since = null where gone_since is not null and id not in (${gone})`);
  await db.raw(`update users set gone_since = now() where gone_since is null and id in (${gone})`);
}

/** Users who may be deleted are looked at once more, in the moment in which it happens. */
async function deleteUsers(db: Knex.Transaction): Promise<number> {
  // What holds mail loses its owner by the foreign key, and stays.
  await db.raw(`
    delete from archives using pg_temp.plan
    where plan.action = 'delete' and archives.id = plan.archive_id
      and not exists (select from archive_messages where archive_id = archives.id)`);
  return run(
    db,
    `delete from users using pg_temp.plan
     where plan.action = 'delete' and users.id = plan.user_id
       and users.authentication = 'directoryServices' and not 'admin' = any (users.privileges)`,
  );
}

async function updateUsers(db: Knex.Transaction): Promise<number> {
  await db.raw(`
    update archives set name = stage.user_name, name_key = stage.name_key
    from pg_temp.plan join pg_temp.stage on stage.number = plan.entry
    where plan.action = 'rename' and archives.id = plan.archive_id`);
  return run(
    db,
    `update users set
       user_name = case plan.action when 'rename' then stage.user_name else users.user_name end,
       name_key = stage.name_key, full_name = stage.full_name,
       distinguished_name = stage.distinguished_name,
       email_addresses = stage.email_addresses, address_keys = stage.address_keys, updated_at = now()
     from pg_temp.plan join pg_temp.stage on stage.number = plan.entry
     where plan.action in ('rename', 'update') and users.id = plan.user_id
       and users.authentication = 'directoryServices'`,
  );
}

async function createUsers(db: Knex.Transaction, given: Privileges): Promise<number> {
  return run(
    db,
    `with created as (
       insert into users (user_name, name_key, authentication, full_name, distinguished_name,
                          email_addresses, address_keys, privileges)
       select stage.user_name, name_key, 'directoryServices', full_name, distinguished_name,
              email_addresses, address_keys, ?::text[]
       from pg_temp.plan join pg_temp.stage on stage.number = plan.entry where plan.action = 'create'
       returning id, user_name, name_key
     ),
     taken as (
       update archives set owner_id = created.id from created
       where archives.name_key = created.name_key and archives.owner_id is null
       returning archives.id, archives.owner_id
     ),
     made as (
       insert into archives (name, name_key, owner_id)
       select user_name, name_key, id from created where id not in (select owner_id from taken)
       returning id, owner_id
     )
     insert into archive_access (archive_id, user_id, privileges)
     select id, owner_id, ?::text[] from (select * from taken union all select * from made) own`,
    [given.user, given.archive],
  );
}
