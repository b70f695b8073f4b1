import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { catchAll, keyOf, keysOf } from '../core/names.ts';
import { visible } from '../core/printable.ts';
import { lastOwner } from '../database/schema/archive-names.ts';
import { clearName, type SetAside } from './make-way.ts';
import { findUser, type Authentication, type User } from './users.ts';

/** What can be changed by hand. Members that are left out stay as they are. */
export interface UserChange {
  fullName?: string | null;
  emailAddresses?: string[];
  privileges?: string[];
  authentication?: Authentication;
  passwordHash?: string;
}

export type NewUser = Required<Omit<UserChange, 'authentication'>>;

/**
 * Adds an integrated user with an archive of their own.
 *
 * @param archivePrivileges what they may do with it
 * @returns the archive without an owner that had the name and was set aside, or null
 * @throws RollcallError when the name is taken
 */
export async function addUser(
  db: Knex.Transaction,
  userName: string,
  user: NewUser,
  archivePrivileges: string[],
): Promise<SetAside | null> {
  const key = keyOf(userName);
  await expectFree(db, userName);
  const aside = await clearName(db, userName);
  const [added] = await db('users')
    .insert({
      user_name: userName,
      name_key: key,
      authentication: 'integrated',
      full_name: user.fullName,
      email_addresses: user.emailAddresses,
      address_keys: keysOf(user.emailAddresses),
      privileges: user.privileges,
      password_hash: user.passwordHash,
    })
    .returning<{ id: string }[]>('id');
  const [archive] = await db('archives')
    .insert({ name: userName, name_key: key, owner_id: added?.id })
    .returning<{ id: string }[]>('id');
  await db('archive_access').insert({
    archive_id: archive?.id,
    user_id: added?.id,
    privileges: archivePrivileges,
  });
  return aside;
}

async function expectFree(db: Knex.Transaction, userName: string): Promise<void> {
  const key = keyOf(userName);
  if (key === catchAll) throw new RollcallError('failed', `the name ${catchAll} is reserved`);
  const taken = await db('users').where({ name_key: key }).select('id');
  if (taken.length > 0) throw new RollcallError('failed', `there is already a user ${visible(userName)}`);
}

/**
 * Renames a user and their archive; they keep privileges and mail. With an unchanged name, it renames only the archive,
 * to match its owner.
 *
 * @returns the user before the change, and the archive without an owner that had the name and was set aside, or null
 * @throws RollcallError when another user has the name
 */
export async function renameUser(
  db: Knex.Transaction,
  userName: string,
  newName: string,
): Promise<{ user: User; aside: SetAside | null }> {
  const user = await findUser(db, userName);
  const [oldKey, key] = [keyOf(user.userName), keyOf(newName)];
  if (key !== oldKey) await expectFree(db, newName);
  const aside = user.archives.length > 0 ? await clearName(db, newName, user.userName) : null;
  await archivesOf(db, userName).update({ name: newName, name_key: key });
  await db('users')
    .where({ name_key: oldKey })
    .update({ user_name: newName, name_key: key, updated_at: db.fn.now() });
  return { user, aside };
}

const archivesOf = (db: Knex.Transaction, userName: string) =>
  db('archives').where(
    'owner_id',
    db('users')
      .select('id')
      .where({ name_key: keyOf(userName) }),
  );

/**
 * Changes a user by hand.
 *
 * @throws RollcallError when the directory decides the value, or when no usable admin would be left
 */
export async function changeUser(db: Knex.Transaction, userName: string, change: UserChange): Promise<void> {
  const user = await findUser(db, userName);
  const authentication = change.authentication ?? user.authentication;
  if (authentication === 'directoryServices') expectByDirectory(user, change);
  else if (user.authentication === 'directoryServices' && change.passwordHash === undefined) {
    throw new RollcallError(
      'failed',
      `${visible(user.userName)} needs a password to become integrated; use --password`,
    );
  }
  const { fullName, emailAddresses, privileges } = { ...user, ...change };
  await db('users')
    .where({ name_key: keyOf(userName) })
    .update({
      full_name: fullName,
      email_addresses: emailAddresses,
      address_keys: keysOf(emailAddresses),
      privileges,
      authentication,
      updated_at: db.fn.now(),
      ...(change.passwordHash !== undefined && { password_hash: change.passwordHash }),
      ...(authentication === 'directoryServices'
        ? { password_hash: null }
        : { gone_since: null, gone_listing: null }),
    });
  await expectAdmin(db, user);
}

/** Refuses changes to a directory user that the next run would undo. */
function expectByDirectory(user: User, { fullName, emailAddresses, passwordHash }: UserChange): void {
  const owned = [
    ...(fullName === undefined ? [] : ['full name']),
    ...(emailAddresses === undefined ? [] : ['addresses']),
    ...(passwordHash === undefined ? [] : ['password']),
  ];
  if (owned.length === 0) return;
  throw new RollcallError(
    'failed',
    `cannot change the ${owned.join(' and ')} of ${visible(user.userName)}: the directory decides, and the next run would undo it; change it there, or make the user integrated first`,
  );
}

/**
 * Removes a user, and their archive if it holds no mail.
 *
 * @returns the user as they were, and the number of messages in the archive that stays; 0 when none does
 */
export async function removeUser(
  db: Knex.Transaction,
  userName: string,
): Promise<{ user: User; left: number }> {
  const user = await findUser(db, userName);
  const archives = await archivesOf(db, userName).select<{ id: string; messages: number }[]>(
    'id',
    db.raw('(select count(*) from archive_messages where archive_id = archives.id)::float8 as messages'),
  );
  const empty = archives.filter(({ messages }) => messages === 0).map(({ id }) => id);
  await db('archives').whereIn('id', empty).delete();
  await db.raw(
    `update archives set last_owner = ${lastOwner('users')} from users
     where users.id = owner_id and users.name_key = ?`,
    [keyOf(userName)],
  );
  await db('users')
    .where({ name_key: keyOf(userName) })
    .delete();
  await expectAdmin(db, user);
  return { user, left: archives.reduce((sum, { messages }) => sum + messages, 0) };
}

/** Makes sure that a usable admin is left. An admin who is gone from the directory could not log on. */
async function expectAdmin(db: Knex.Transaction, before: User): Promise<void> {
  if (!before.privileges.includes('admin') || before.goneSince !== null) return;
  const admins = await db('users')
    .whereRaw(`'admin' = any (privileges)`)
    .whereNull('gone_since')
    .limit(1)
    .select('id');
  if (admins.length === 0) {
    throw new RollcallError(
      'failed',
      `${visible(before.userName)} is the last admin who can log on; give that privilege to someone else first`,
    );
  }
}
