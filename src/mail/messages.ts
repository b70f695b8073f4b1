import type { Knex } from 'knex';
import { catchAll } from '../core/names.ts';
import { all, one, run } from '../database/query.ts';

export interface NewMessage {
  /** SHA-256 of `raw`. */
  digest: Buffer;
  raw: Buffer;
  addressKeys: string[];
}

/**
 * The archives that an address belongs to, found with the index on `users.address_keys`. Not a join: Postgres estimates
 * that 1 in 200 users has the address, and would read all archives instead of a few.
 *
 * @param key a column or expression with the address key
 */
const archivesByAddress = (key: string) =>
  `archives where owner_id = any (array(select id from users where address_keys @> array[${key}] collate "C"))`;

/** The sorted names of all archives that at least one of the addresses belongs to. */
export async function archivesOf(db: Knex, addressKeys: string[]): Promise<string[]> {
  const rows = await all<{ name: string }>(
    db,
    `select distinct archives.name, archives.name_key
     from unnest(?::text[]) as address (key),
       lateral (select archives.name, archives.name_key from ${archivesByAddress('address.key')}) archives
     order by archives.name_key`,
    [addressKeys],
  );
  return rows.map(({ name }) => name);
}

/** Stores each new message once, and assigns it to its archives. */
export async function storeMessages(
  db: Knex.Transaction,
  messages: NewMessage[],
): Promise<{ imported: number; unclaimed: number }> {
  const unique = [...new Map(messages.map((message) => [message.digest.toString('hex'), message])).values()];
  const stored = await all<{ id: string; digest: Buffer }>(
    db,
    // Numbered as they came, which is the order of an export, but stored by digest: two imports of the same mail in another
    // order would deadlock.
    `insert into messages (id, digest, raw)
     select id, digest, raw from (
       select nextval(pg_get_serial_sequence('messages', 'id')) as id, digest, raw
       from unnest(?::bytea[], ?::bytea[]) with ordinality as given (digest, raw, place) order by place
     ) numbered
     order by digest
     on conflict (digest) do nothing returning id, digest`,
    [unique.map(({ digest }) => digest), unique.map(({ raw }) => raw)],
  );
  const ids = new Map(stored.map(({ id, digest }) => [digest.toString('hex'), id]));
  const links = unique.flatMap(({ digest, addressKeys }) => {
    const id = ids.get(digest.toString('hex'));
    return id === undefined ? [] : addressKeys.map((key) => ({ id, key }));
  });
  await run(
    db,
    `insert into archive_messages (archive_id, message_id)
     select distinct own.id, link.id
     from unnest(?::bigint[], ?::text[]) as link (id, key),
       lateral (select archives.id from ${archivesByAddress('link.key')}) own`,
    [links.map(({ id }) => id), links.map(({ key }) => key)],
  );
  return { imported: stored.length, unclaimed: await storeUnclaimed(db, [...ids.values()]) };
}

/** Puts messages that are in no archive into the catch-all. */
async function storeUnclaimed(db: Knex.Transaction, ids: string[]): Promise<number> {
  const unclaimed = await all<{ id: string }>(
    db,
    `select id from unnest(?::bigint[]) as message (id)
     where not exists (select from archive_messages where message_id = message.id)`,
    [ids],
  );
  if (unclaimed.length === 0) return 0;
  const id = await findCatchAll(db);
  return run(
    db,
    'insert into archive_messages (archive_id, message_id) select ?::bigint, unnest(?::bigint[])',
    [id, unclaimed.map((message) => message.id)],
  );
}

/** The ID of the catch-all archive, which is created when it is first needed. */
async function findCatchAll(db: Knex): Promise<string> {
  const find = () => all<{ id: string }>(db, 'select id from archives where name_key = ?', [catchAll]);
  const [found] = await find();
  if (found) return found.id;
  // Locked, so that two parallel imports create only one: `on conflict` does not support a deferrable constraint.
  await db.raw('lock table archives in share row exclusive mode');
  const [made] = await find();
  if (made) return made.id;
  const { id } = await one<{ id: string }>(
    db,
    'insert into archives (name, name_key) values (?, ?) returning id',
    [catchAll, catchAll],
  );
  return id;
}

/** A message and its database ID. */
export interface StoredMessage {
  id: string;
  raw: Buffer;
}

/** Up to `most` messages of an archive after the given one, by ID. */
export async function readArchive(
  db: Knex,
  archive: string,
  after: string,
  most: number,
): Promise<StoredMessage[]> {
  return all<StoredMessage>(
    db,
    `select id, raw from archive_messages join messages on messages.id = message_id
     where archive_id = ? and message_id > ? order by message_id limit ?`,
    [archive, after, most],
  );
}
