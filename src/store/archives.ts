import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { catchAll, keyOf } from '../core/names.ts';
import { count, visible } from '../core/text.ts';
import { findUser } from './users.ts';
import { all, one, run } from './transaction.ts';

/** An archive as it is shown. */
export interface Archive {
  id: string;
  name: string;
  /** Nobody, once the owner was deleted while it held mail. */
  owner: string | null;
  messages: number;
  /** Privileges by user. */
  access: Record<string, string[]>;
  /** Who owned it last; null where somebody owns it, or it is not known. */
  lastOwner: LastOwner | null;
}

export interface LastOwner {
  userName: string;
  fullName: string | null;
  distinguishedName: string | null;
  emailAddresses: string[];
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
  const user = await findUser(db, userName);
  await run(
    db,
    `insert into archive_access (archive_id, user_id, privileges)
     select ?::bigint, id, ?::text[] from users where name_key = ?
     on conflict (archive_id, user_id) do update set privileges = excluded.privileges`,
    [id, privileges, keyOf(user.userName)],
  );
}

/** What has become of an archive that was given away. */
export interface Given {
  /** The archive in which its mail is now. */
  archive: string;
  messages: number;
  /** Who could read it, and cannot any more; and who could not, and can. */
  accessEnded: string[];
  accessGained: string[];
}

/**
 * Gives an archive without an owner to a user; whoever has one already gets the mail into that.
 *
 * @throws RollcallError when it is somebody's
 */
export async function giveArchive(
  db: Knex.Transaction,
  name: string,
  userName: string,
  privileges: string[],
): Promise<Given> {
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
  await run(db, 'delete from archive_access where archive_id = ?', [archive.id]);
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
 * Removes an archive without an owner. Messages that are in no other archive go with it.
 *
 * @throws RollcallError when it is somebody's, or holds mail and that may not go
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
  await run(db, 'delete from archive_messages where archive_id = ?', [id]);
  await run(db, 'delete from archives where id = ?', [id]);
}

/** @throws RollcallError when it is somebody's, or everybody's */
export async function findOwnerless(db: Knex.Transaction, name: string): Promise<Archive> {
  const archive = await findArchive(db, name);
  if (keyOf(name) === catchAll) {
    throw new RollcallError(
      'failed',
      `${catchAll} is the archive of mail that matches nobody; it cannot be given or removed`,
    );
  }
  if (archive.owner !== null) {
    throw new RollcallError(
      'failed',
      `the archive ${visible(archive.name)} belongs to ${visible(archive.owner)}; only one without an owner can be given or removed`,
    );
  }
  return archive;
}
