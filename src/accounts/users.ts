import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { keyOf, keysOf } from '../core/names.ts';
import { visible } from '../core/printable.ts';

/** Who checks the password of a user: the directory, or rollcall itself. */
export const authentications = ['directoryServices', 'integrated'] as const;
export type Authentication = (typeof authentications)[number];

/** The columns of a user that a login needs. */
export interface Credentials {
  userName: string;
  authentication: Authentication;
  privileges: string[];
  passwordHash: string | null;
  /** Whether a run missed them in the directory. */
  isGone: boolean;
}

/** A user as shown to an administrator. */
export interface User {
  userName: string;
  authentication: Authentication;
  fullName: string | null;
  distinguishedName: string | null;
  emailAddresses: string[];
  privileges: string[];
  /** When a run first missed them in the directory; null for users who are listed. */
  goneSince: Date | null;
  createdAt: Date;
  archives: string[];
}

/** Which users to list; a member that is left out does not restrict the list. */
export interface UserFilter {
  authentication?: Authentication | undefined;
  privilege?: string | undefined;
  address?: string | undefined;
  gone?: boolean | undefined;
}

/** Works on the schema of any rollcall version. */
export async function findCredentials(db: Knex, userName: string): Promise<Credentials | null> {
  const columns = { userName: 'user_name', passwordHash: 'password_hash' };
  const [user] = await db('users')
    .where({ name_key: keyOf(userName.trim()) })
    .select<Credentials[]>(
      ...[columns, 'authentication', 'privileges'],
      db.raw('gone_since is not null as "isGone"'),
    );
  return user ?? null;
}

/** The users who match the filter, sorted by name. */
export async function listUsers(db: Knex, filter: UserFilter): Promise<User[]> {
  const { authentication, privilege, address, gone = false } = filter;
  return shown(db)
    .orderBy('name_key')
    .modify((users) => {
      if (authentication !== undefined) void users.where({ authentication });
      if (privilege !== undefined) void users.whereRaw('? = any (privileges)', [privilege]);
      if (address !== undefined) void users.whereRaw('address_keys @> ?::text[]', [keysOf([address])]);
      if (gone) void users.whereNotNull('gone_since');
    });
}

/** @throws RollcallError when there is no such user */
export async function findUser(db: Knex, userName: string): Promise<User> {
  const [user] = await shown(db).where({ name_key: keyOf(userName) });
  if (user === undefined) throw new RollcallError('failed', `there is no user ${visible(userName)}`);
  return user;
}

const shown = (db: Knex) =>
  db('users').select<User[]>(
    {
      userName: 'user_name',
      authentication: 'authentication',
      fullName: 'full_name',
      distinguishedName: 'distinguished_name',
      emailAddresses: 'email_addresses',
      privileges: 'privileges',
      goneSince: 'gone_since',
      createdAt: 'created_at',
    },
    db.raw('array(select name from archives where owner_id = users.id) as archives'),
  );
