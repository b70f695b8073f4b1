import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { catchAll, keyOf } from '../core/names.ts';
import type { Profile } from '../core/plan.ts';
import { count, visible } from '../core/printable.ts';
import { findUser } from './users.ts';
import { all, one, run } from '../database/query.ts';

/** An archive as users see it. */
export interface Archive {
  id: string;
  name: string;
  /** Null when it has no owner, because the owner was deleted while it held mail. */
  owner: string | null;
  messages: number;
  /** Privileges by user. */
  access: Record<string, string[]>;
  /** The last owner of an archive without one; null when it has an owner, or the last one is unknown. */
  lastOwner: Profile | null;
}

const select = `
  select archives.id, archives.name, owners.user_name as owner,
    (select count(*) from archive_messages where archive_id = archives.id)::float8 as messages,
    (select coalesce(jsonb_object_agg(users.user_name, archive_access.privileges), '{}')
     from archive_access join users on users.id = user_id where archive_id = archives.id) as access,
    last_owner - 'addressKeys' as "lastOwner"
  from archives left join users owners on owners.id = owner_id`;

export async function listArchives(db: Knex): Promise<Archive[]> {
  return all<Archive>(db, `${select} order by archives.name_key`);
}

/** @throws RollcallError when there is no such archive */
export async function findArchive(db: Knex, name: string): Promise<Archive> {
  const [archive] = await all<Archive>(db, `${select} where archives.name_key = ?`, [keyOf(name)]);
  if (!archive) throw new RollcallError('failed', `there is no archive ${visible(name)}`);
  return archive;
}

/** Sets what a user may do with an archive. */
export async function grantAccess(
  db: Knex.Transaction,
  name: string,
  userName: string,
  privileges: string[],
): Promise<void> {
  const { id } = await findArchive(db, name);
  await findUser(db, userName);
  const user = db('users')
    .select('id')
    .where({ name_key: keyOf(userName) });
  await db('archive_access')
    .insert({ archive_id: id, user_id: user, privileges })
    .onConflict(['archive_id', 'user_id'])
    .merge();
}

/** The result of giving an archive away. */
export interface GivenArchive {
  /** The archive that now holds its mail. */
  archive: string;
  messages: number;
  /** Users who could read it before, and those who can only now. */
  accessEnded: string[];
  accessGained: string[];
}

/**
 * Gives an archive without an owner to a user. If they already have an archive, its mail is added to theirs.
 *
 * @param privileges what the user may do with an archive that becomes theirs
 * @throws RollcallError when it has an owner
 */
export async function giveArchive(
  db: Knex.Transaction,
  name: string,
  userName: string,
  privileges: string[],
): Promise<GivenArchive> {
  const archive = await findOwnerless(db, name);
  const user = await findUser(db, userName);
  const [own] = await all<Archive>(db, `${select} where owners.name_key = ?`, [keyOf(user.userName)]);
  const readers = own ? Object.keys(own.access) : [user.userName];
  const accessEnded = Object.keys(archive.access).filter((reader) => !readers.includes(reader));
  const accessGained = readers.filter((reader) => reader !== user.userName && !(reader in archive.access));
  const { messages } = archive;
  if (own) {
    await run(
      db,
      `insert into archive_messages (archive_id, message_id)
       select ?, message_id from archive_messages where archive_id = ? on conflict do nothing`,
      [own.id, archive.id],
    );
    await dropArchive(db, archive.id);
    return { archive: own.name, messages, accessEnded, accessGained };
  }
  await db('archive_access').where({ archive_id: archive.id }).delete();
  await run(
    db,
    `update archives set owner_id = users.id, last_owner = null,
       name = case when free then user_name else name end, name_key = case when free then users.name_key else archives.name_key end
     from users cross join lateral (
       select not exists (select from archives x where x.name_key = users.name_key) as free
     ) its_name
     where archives.id = ? and users.name_key = ?`,
    [archive.id, keyOf(user.userName)],
  );
  await run(
    db,
    'insert into archive_access select archives.id, owner_id, ?::text[] from archives where id = ?',
    [privileges, archive.id],
  );
  const { archive: given } = await one<{ archive: string }>(
    db,
    'select name as archive from archives where id = ?',
    [archive.id],
  );
  return { archive: given, messages, accessEnded, accessGained };
}

/**
 * Removes an archive without an owner, with the messages that are in no other archive.
 *
 * @returns the number of messages that it held
 * @throws RollcallError when it has an owner, or holds mail and `withMail` is false
 */
export async function removeArchive(db: Knex.Transaction, name: string, withMail: boolean): Promise<number> {
  const { id, messages } = await findOwnerless(db, name);
  if (messages > 0 && !withMail) {
    throw new RollcallError(
      'failed',
      `the archive ${visible(name)} holds ${count(messages, 'message')} and was not removed; --with-mail removes them, too`,
    );
  }
  const held = await all<{ id: string }>(
    db,
    'select message_id as id from archive_messages where archive_id = ?',
    [id],
  );
  await dropArchive(db, id);
  await run(
    db,
    `delete from messages where id = any (?::bigint[])
       and not exists (select from archive_messages where message_id = messages.id)`,
    [held.map((message) => message.id)],
  );
  return messages;
}

async function dropArchive(db: Knex.Transaction, id: string): Promise<void> {
  await db('archive_messages').where({ archive_id: id }).delete();
  await db('archives').where({ id }).delete();
}

/** @throws RollcallError when it has an owner, or is the catch-all */
export async function findOwnerless(db: Knex.Transaction, name: string): Promise<Archive> {
  const archive = await findArchive(db, name);
  if (keyOf(name) === catchAll) {
    throw new RollcallError(
      'failed',
      `${catchAll} is the archive for mail that matches no user; it cannot be given away or removed`,
    );
  }
  if (archive.owner !== null) {
    throw new RollcallError(
      'failed',
      `the archive ${visible(archive.name)} belongs to ${visible(archive.owner)}; only an archive without an owner can be given away or removed`,
    );
  }
  return archive;
}
