import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { addressKeysOf, catchAll, keyOf } from '../core/names.ts';
import { visible } from '../core/text.ts';
import { clearName, lastOwner, type SetAside } from './archive-names.ts';
import { all, one, run } from './transaction.ts';

export type Authentication = 'directoryServices' | 'integrated';

/** What a login needs to know of a user. */
export interface Credentials {
  userName: string;
  authentication: Authentication;
  privileges: string[];
  passwordHash: string | null;
}

/** A user as they are shown. */
export interface User {
  userName: string;
  authentication: Authentication;
  fullName: string | null;
  distinguishedName: string | null;
  emailAddresses: string[];
  privileges: string[];
  /** Since when a run has kept them though the directory no longer lists them. */
  goneSince: Date | null;
  createdAt: Date;
  archives: string[];
}

/** What can be changed by hand; what is left out stays. */
export interface UserChange {
  fullName?: string | null;
  emailAddresses?: string[];
  privileges?: string[];
  authentication?: Authentication;
  passwordHash?: string;
}

export interface UserFilter {
  authentication?: Authentication | undefined;
  privilege?: string | undefined;
  address?: string | undefined;
  gone?: boolean | undefined;
}

export async function findCredentials(db: Knex, nameKey: string): Promise<Credentials | null> {
  const [row] = await all<Credentials>(
    db,
    `select user_name as "userName", authentication, privileges, password_hash as "passwordHash"
     from users where name_key = ?`,
    [nameKey],
  );
  return row ?? null;
}

const columns = `user_name as "userName", authentication, full_name as "fullName",
  distinguished_name as "distinguishedName", email_addresses as "emailAddresses", privileges,
  gone_since as "goneSince", created_at as "createdAt",
  array(select name from archives where owner_id = users.id) as archives`;

export async function listUsers(db: Knex, filter: UserFilter): Promise<User[]> {
  const { authentication = null, privilege = null, address, gone = false } = filter;
  return all<User>(
    db,
    `select ${columns} from users
     where (?::text is null or authentication = ?) and (?::text is null or ? = any (privileges))
       and (?::text[] is null or address_keys @> ?::text[]) and (not ?::boolean or gone_since is not null)
     order by name_key`,
    [
      ...[authentication, authentication, privilege, privilege],
      ...(address === undefined ? [null, null] : [keysOf([address]), keysOf([address])]),
      gone,
    ],
  );
}

const keysOf = (addresses: string[]) => [...new Set(addresses.flatMap(addressKeysOf))];

/** @throws RollcallError when there is no such user */
export async function findUser(db: Knex, userName: string): Promise<User> {
  const [user] = await all<User>(db, `select ${columns} from users where name_key = ?`, [keyOf(userName)]);
  if (!user) throw new RollcallError('failed', `there is no user ${visible(userName)}`);
  return user;
}

/**
 * Adds an integrated user with an archive of their own.
 *
 * @returns what stood there without an owner and was set aside
 * @throws RollcallError when the name is taken
 */
export async function addUser(
  db: Knex.Transaction,
  userName: string,
  user: Required<Pick<UserChange, 'privileges' | 'emailAddresses' | 'passwordHash' | 'fullName'>>,
  archivePrivileges: string[],
): Promise<SetAside | null> {
  const key = keyOf(userName);
  await expectFree(db, userName);
  const aside = await clearName(db, userName);
  const { id } = await one<{ id: string }>(
    db,
    `insert into users (user_name, name_key, authentication, full_name, email_addresses, address_keys, privileges, password_hash)
     values (?, ?, 'integrated', ?, ?, ?, ?, ?) returning id`,
    [
      userName,
      key,
      user.fullName,
      user.emailAddresses,
      keysOf(user.emailAddresses),
      user.privileges,
      user.passwordHash,
    ],
  );
  const archive = await one<{ id: string }>(
    db,
    'insert into archives (name, name_key, owner_id) values (?, ?, ?) returning id',
    [userName, key, id],
  );
  await run(db, 'insert into archive_access values (?, ?, ?)', [archive.id, id, archivePrivileges]);
  return aside;
}

async function expectFree(db: Knex.Transaction, userName: string): Promise<void> {
  const key = keyOf(userName);
  if (key === catchAll) throw new RollcallError('failed', `the name ${catchAll} is reserved`);
  const taken = await all(db, 'select from users where name_key = ?', [key]);
  if (taken.length > 0) throw new RollcallError('failed', `there is a user ${visible(userName)} already`);
}

/**
 * Renames a user and their archive; privileges and mail stay with them. With the same name it gives the archive the
 * name of its owner.
 *
 * @returns the user, and what stood at the name without an owner and was set aside
 * @throws RollcallError when somebody else has the name
 */
export async function renameUser(
  db: Knex.Transaction,
  userName: string,
  newName: string,
): Promise<{ user: User; aside: SetAside | null }> {
  const user = await findUser(db, userName);
  const key = keyOf(newName);
  if (key !== keyOf(user.userName)) await expectFree(db, newName);
  const aside = user.archives.length > 0 ? await clearName(db, newName, user.userName) : null;
  await run(
    db,
    `update archives set name = ?, name_key = ? from users where users.id = owner_id and users.name_key = ?`,
    [newName, key, keyOf(user.userName)],
  );
  await run(db, 'update users set user_name = ?, name_key = ?, updated_at = now() where name_key = ?', [
    newName,
    key,
    keyOf(user.userName),
  ]);
  return { user, aside };
}

/**
 * Changes a user by hand.
 *
 * @throws RollcallError when a run owns what is to change, or when nobody with `admin` would be left
 */
export async function changeUser(db: Knex.Transaction, userName: string, change: UserChange): Promise<void> {
  const user = await findUser(db, userName);
  const authentication = change.authentication ?? user.authentication;
  if (authentication === 'directoryServices') {
    const owned = [
      ...(change.fullName === undefined ? [] : ['full name']),
      ...(change.emailAddresses === undefined ? [] : ['addresses']),
      ...(change.passwordHash === undefined ? [] : ['password']),
    ];
    if (owned.length > 0) {
      throw new RollcallError(
        'failed',
        `the ${owned.join(' and ')} of ${visible(user.userName)} cannot be set by hand: the directory has the say, and the next run would undo it; change it there, or make the user integrated first`,
      );
    }
  } else if (user.authentication === 'directoryServices' && change.passwordHash === undefined) {
    throw new RollcallError(
      'failed',
      `${visible(user.userName)} needs a password of their own to become integrated (--password)`,
    );
  }
  await run(
    db,
    `update users set
       full_name = ?, email_addresses = ?, address_keys = ?, privileges = ?, authentication = ?,
       password_hash = case when ? = 'directoryServices' then null else coalesce(?, password_hash) end,
       gone_since = case when ? = 'directoryServices' then gone_since end, updated_at = now()
     where name_key = ?`,
    [
      change.fullName === undefined ? user.fullName : change.fullName,
      change.emailAddresses ?? user.emailAddresses,
      keysOf(change.emailAddresses ?? user.emailAddresses),
      change.privileges ?? user.privileges,
      authentication,
      authentication,
      change.passwordHash ?? null,
      authentication,
      keyOf(userName),
    ],
  );
  await expectAdmin(db, user);
}

/**
 * Removes a user. The archive goes with them only when it holds no mail.
 *
 * @returns how many messages the archive holds that stays
 */
export async function removeUser(db: Knex.Transaction, userName: string): Promise<number> {
  const user = await findUser(db, userName);
  const archives = await all<{ id: string; messages: string }>(
    db,
    `select archives.id, (select count(*) from archive_messages where archive_id = archives.id) as messages
     from archives join users on users.id = owner_id where users.name_key = ?`,
    [keyOf(userName)],
  );
  for (const { id, messages } of archives)
    if (messages === '0') await run(db, 'delete from archives where id = ?', [id]);
  await run(
    db,
    `update archives set last_owner = ${lastOwner('users')} from users
     where users.id = owner_id and users.name_key = ?`,
    [keyOf(userName)],
  );
  await run(db, 'delete from users where name_key = ?', [keyOf(userName)]);
  await expectAdmin(db, user);
  return archives.reduce((sum, { messages }) => sum + Number(messages), 0);
}

/** Whoever was an admin was not the last one; one whom the directory no longer lists is none who could act. */
async function expectAdmin(db: Knex.Transaction, before: User): Promise<void> {
  if (!before.privileges.includes('admin') || before.goneSince !== null) return;
  const [admin] = await all(
    db,
    `select from users where 'admin' = any (privileges) and gone_since is null limit 1`,
  );
  if (admin === undefined) {
    throw new RollcallError(
      'failed',
      `${visible(before.userName)} is the last usable admin; give that privilege to somebody else first`,
    );
  }
}
