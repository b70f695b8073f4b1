import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Knex } from 'knex';
import { dnKeyOf } from '../../src/core/dn.ts';
import { addressKeysOf, keyOf } from '../../src/core/names.ts';
import type { Store } from '../../src/database/store.ts';
import { all, one, run } from '../../src/database/query.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { migrate } from '../../src/database/schema/migrate.ts';

/** A user database, written down as shortly as a test can read it. */
export interface State {
  users?: Record<string, StoredUser>;
  /** By name; those of the users are theirs and empty unless they stand here. */
  archives?: Record<string, StoredArchive>;
}

export interface StoredUser {
  authentication?: 'directoryServices' | 'integrated';
  fullName?: string | null;
  distinguishedName?: string | null;
  emailAddresses?: string[];
  privileges?: string[];
  /** An earlier run found that the directory no longer lists them. */
  gone?: boolean;
}

export interface StoredArchive {
  owner: string | null;
  messages?: number;
  /** Privileges by user. */
  access?: Record<string, string[]>;
  /** Of one without an owner. */
  lastOwner?: LastOwner | null;
}

export interface LastOwner {
  userName: string;
  fullName: string | null;
  distinguishedName: string | null;
  emailAddresses: string[];
}

const never = new AbortController().signal;

/** Empties the tables, in the order of their keys; for a few rows ten times as fast as truncating them. */
export const everything = [
  'archive_messages',
  'archive_access',
  'messages',
  'removed_messages',
  'archives',
  'users',
  ...['run_changes', 'run_users', 'run_archives', 'run_access', 'runs', 'attempts', 'manual_changes'],
]
  .map((table) => `delete from ${table}`)
  .join('; ');

/** Replaces everything that is in the store. */
export async function put(store: Store, { users = {}, archives = {} }: State): Promise<void> {
  await inTransaction(store, 'write', never, async (db) => {
    await migrate(db, store);
    await db.raw(everything);
    const ids = new Map<string, number>();
    for (const [name, user] of Object.entries(users)) {
      const { id } = await one<{ id: number }>(
        db,
        `insert into users (user_name, name_key, authentication, full_name, distinguished_name, dn_key,
                            email_addresses, address_keys, privileges, gone_since)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, case when ? then timestamptz '2026-01-01' end) returning id`,
        [
          name,
          keyOf(name),
          user.authentication ?? 'directoryServices',
          user.fullName ?? null,
          user.distinguishedName ?? null,
          user.distinguishedName ? dnKeyOf(user.distinguishedName) : null,
          user.emailAddresses ?? [],
          (user.emailAddresses ?? []).flatMap(addressKeysOf),
          user.privileges ?? ['login'],
          user.gone ?? false,
        ],
      );
      ids.set(name, id);
    }
    for (const [name, archive] of allArchives({ users, archives })) {
      const { id } = await one<{ id: number }>(
        db,
        'insert into archives (name, name_key, owner_id, last_owner) values (?, ?, ?, ?) returning id',
        [
          name,
          keyOf(name),
          archive.owner === null ? null : (ids.get(archive.owner) ?? null),
          archive.lastOwner
            ? JSON.stringify({
                ...archive.lastOwner,
                addressKeys: archive.lastOwner.emailAddresses.flatMap(addressKeysOf),
              })
            : null,
        ],
      );
      const access = archive.access ?? (archive.owner === null ? {} : { [archive.owner]: ['read'] });
      for (const [user, privileges] of Object.entries(access)) {
        await run(db, 'insert into archive_access values (?, ?, ?)', [id, ids.get(user), privileges]);
      }
      await run(
        db,
        `with mail as (
           insert into messages (digest, raw)
           select sha256(convert_to(? || n, 'UTF8')), convert_to(? || n, 'UTF8') from generate_series(1, ?::int) n
           returning id)
         insert into archive_messages select ?, id from mail`,
        [name, name, archive.messages ?? 0, id],
      );
    }
    return { commit: true, value: undefined };
  });
}

/** Everything that is in the store, in the form in which `put` takes it, with nothing left out. */
export async function read(store: Store): Promise<Required<State>> {
  return inTransaction(store, 'write', never, async (db) => {
    await expectKeys(db);
    const users = await all<StoredUser & { userName: string }>(
      db,
      `select user_name as "userName", authentication, full_name as "fullName",
              distinguished_name as "distinguishedName", email_addresses as "emailAddresses", privileges,
              gone_since is not null as gone
       from users order by name_key`,
    );
    const archives = await all<{
      name: string;
      owner: string | null;
      messages: string;
      access: Record<string, string[]>;
      lastOwner: LastOwner | null;
    }>(
      db,
      `select name, user_name as owner,
              (select count(*) from archive_messages where archive_id = archives.id) as messages,
              (select coalesce(jsonb_object_agg(user_name, archive_access.privileges), '{}')
               from archive_access join users u on u.id = user_id where archive_id = archives.id) as access,
              last_owner - 'addressKeys' as "lastOwner"
       from archives left join users on users.id = owner_id order by archives.name_key`,
    );
    const value = {
      users: Object.fromEntries(users.map(({ userName, ...user }) => [userName, user])),
      archives: Object.fromEntries(
        archives.map(({ name, owner, messages, access, lastOwner }) => [
          name,
          { owner, messages: Number(messages), access, lastOwner },
        ]),
      ),
    };
    return { commit: false, value };
  });
}

/** Every row but those of the history, with numbers and times; only when a user was last changed is left out. */
export async function dump(store: Store): Promise<string[]> {
  const rows = [
    `select 'users' as t, to_jsonb(u) - 'updated_at' as row from users u`,
    ...['archives', 'archive_access', 'archive_messages', 'messages'].map(
      (table) => `select '${table}', to_jsonb(t) from ${table} t`,
    ),
  ].join(' union all ');
  return inTransaction(store, 'write', never, async (db) => ({
    commit: false,
    value: (await all<{ t: string; row: object }>(db, `${rows} order by 1, 2`)).map((row) =>
      JSON.stringify(row),
    ),
  }));
}

/** The changes that the history tells of a run, in its order. */
export async function recorded(store: Store, run: number): Promise<object[]> {
  return inTransaction(store, 'write', never, async (db) => ({
    commit: false,
    value: await all<object>(
      db,
      `select 'change' as type, action, user_name as "userName", before, after, identity, archive
       from run_changes where run_id = ? order by position`,
      [run],
    ),
  }));
}

/** Every key is that of its text. */
async function expectKeys(db: Knex.Transaction): Promise<void> {
  const users = await all<
    Record<'user_name' | 'name_key', string> &
      Record<'dn' | 'dn_key', string | null> &
      Record<'addresses' | 'address_keys', string[]>
  >(
    db,
    `select user_name, name_key, distinguished_name as dn, dn_key, email_addresses as addresses, address_keys from users`,
  );
  for (const user of users) {
    equal(user.name_key, keyOf(user.user_name));
    equal(user.dn_key, user.dn && dnKeyOf(user.dn));
    deepEqual(user.address_keys, [...new Set(user.addresses.flatMap(addressKeysOf))]);
  }
  const archives = await all<{
    name: string;
    name_key: string;
    last_owner: (LastOwner & { addressKeys: string[] }) | null;
    owned: boolean;
  }>(db, 'select name, name_key, last_owner, owner_id is not null as owned from archives');
  for (const { name, name_key: key, last_owner: last, owned } of archives) {
    equal(key, keyOf(name));
    ok(!owned || last === null, 'an archive with an owner remembers nobody else');
    if (last) deepEqual(last.addressKeys, last.emailAddresses.flatMap(addressKeysOf));
  }
}

/** A state as `read` would tell it, with all that may be left out filled in. */
export function complete({ users = {}, archives = {} }: State): Required<State> {
  return {
    users: Object.fromEntries(
      Object.entries(users).map(([name, user]) => [
        name,
        {
          authentication: 'directoryServices',
          fullName: null,
          distinguishedName: null,
          emailAddresses: [],
          privileges: ['login'],
          gone: false,
          ...user,
        },
      ]),
    ),
    archives: Object.fromEntries(
      allArchives({ users, archives }).map(([name, archive]) => [
        name,
        {
          messages: 0,
          access: archive.owner === null ? {} : { [archive.owner]: ['read'] },
          lastOwner: null,
          ...archive,
        },
      ]),
    ),
  };
}

/** The archives of a state, and an empty one for every user who owns none of them. */
function allArchives({ users = {}, archives = {} }: State): [string, StoredArchive][] {
  const owners = new Set(Object.values(archives).map(({ owner }) => owner));
  const implied = Object.keys(users).filter((name) => !owners.has(name) && !(name in archives));
  return [
    ...implied.map((name): [string, StoredArchive] => [name, { owner: name }]),
    ...Object.entries(archives),
  ];
}
