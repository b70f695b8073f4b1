import type { Knex } from 'knex';
import { dnKeyOf } from '../core/dn.ts';
import type { ExplainedArchive, ExplainedUser, QueryKind } from '../core/explained.ts';
import { keyOf } from '../core/names.ts';
import type { Profile } from '../core/plan.ts';
import { readCursor } from '../database/cursor.ts';
import { all, one } from '../database/query.ts';
import { kindsOf, type QueryKeys } from './explain-query.ts';

/** What the query is of each stored user, and of each archive without an owner, by their ids. */
export interface Hits {
  users: Map<string, QueryKind[]>;
  archives: Map<string, QueryKind[]>;
  /** How many users it means, if some are left out here, too. */
  total: number;
}

/** Finds the stored users and the archives that a query means. An archive with an owner stands for the owner. */
export async function findStored(db: Knex.Transaction, query: QueryKeys, most: number): Promise<Hits> {
  const { name, addresses, dn } = query;
  const rows = await all<{ id: string; is: Record<QueryKind, boolean | null>; total: number }>(
    db,
    `with found as (
       select id, user_name, name_key = ? as name, address_keys && ?::text[] as address, dn_key = ? as dn,
         id in (select owner_id from archives where name_key = ?) as archive
       from users
     )
     select id::text, count(*) over ()::float8 as total,
       json_build_object('name', name or archive, 'address', address, 'dn', dn) as is
     from found where name or address or dn or archive order by user_name collate "C" limit ${most}`,
    [name, addresses, dn, name],
  );
  const kindsIn = (is: Record<QueryKind, boolean | null>) =>
    (['name', 'address', 'dn'] as const).filter((kind) => is[kind] === true);
  return {
    users: new Map(rows.map(({ id, is }) => [id, kindsIn(is)])),
    archives: await findOwnerless(db, query, most),
    total: rows[0]?.total ?? 0,
  };
}

type LastOwner = (Profile & { addressKeys: string[] }) | null;

async function findOwnerless(
  db: Knex.Transaction,
  query: QueryKeys,
  most: number,
): Promise<Map<string, QueryKind[]>> {
  const found = new Map<string, QueryKind[]>();
  const rows = readCursor<{ id: string; name_key: string; last_owner: LastOwner }>(
    db,
    'select id::text, name_key, last_owner from archives where owner_id is null order by name_key',
  );
  for await (const group of rows) {
    for (const { id, name_key: nameKey, last_owner: last } of group) {
      const kinds = kindsOf(query, {
        nameKey: last !== null && nameKey !== query.name ? keyOf(last.userName) : nameKey,
        addressKeys: last?.addressKeys ?? [],
        dnKey: last?.distinguishedName ? dnKeyOf(last.distinguishedName) : null,
      });
      if (kinds.length > 0 && found.size < most) found.set(id, kinds);
    }
  }
  return found;
}

/** A stored user, with what is not shown. */
export interface StoredUser extends ExplainedUser {
  id: string;
  nameKey: string;
  passwordHash: string | null;
  /** Whether the run found that no entry means them. */
  isAbsent: boolean;
}

export function readUsers(db: Knex.Transaction, ids: string[]): Promise<StoredUser[]> {
  return all<StoredUser>(
    db,
    `select id::text, name_key as "nameKey", user_name as "userName", authentication, full_name as "fullName",
       distinguished_name as "distinguishedName", email_addresses as "emailAddresses", privileges,
       gone_since as "goneSince", created_at as "createdAt", password_hash as "passwordHash",
       id in (select user_id from pg_temp.fate) as "isAbsent"
     from users where id = any (?::bigint[]) order by user_name collate "C"`,
    [ids],
  );
}

export interface StoredArchive extends ExplainedArchive {
  id: string;
  nameKey: string;
  ownerId: string | null;
}

/** The archives with these ids, names or owners. */
export function readArchives(
  db: Knex.Transaction,
  wanted: { ids: string[]; nameKeys: string[]; ownerIds: string[] },
): Promise<StoredArchive[]> {
  return all<StoredArchive>(
    db,
    `select a.id::text, a.name, a.name_key as "nameKey", a.owner_id::text as "ownerId", o.user_name as owner,
       (select count(*) from archive_messages where archive_id = a.id)::float8 as messages,
       (select coalesce(jsonb_object_agg(reader.user_name, archive_access.privileges), '{}')
        from archive_access join users reader on reader.id = user_id where archive_id = a.id) as access,
       last_owner - 'addressKeys' as "lastOwner"
     from archives a left join users o on o.id = owner_id
     where a.id = any (?::bigint[]) or a.name_key = any (?::text[]) or owner_id = any (?::bigint[])
     order by a.name_key`,
    [wanted.ids, wanted.nameKeys, wanted.ownerIds],
  );
}

export async function countUsers(db: Knex.Transaction): Promise<number> {
  return (await one<{ users: number }>(db, 'select count(*)::float8 as users from users')).users;
}
