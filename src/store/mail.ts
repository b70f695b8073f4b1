import type { Knex } from 'knex';
import { catchAll } from '../core/names.ts';
import { all, one, run } from './transaction.ts';

export interface NewMessage {
  /** SHA-256 of `raw`. */
  digest: Buffer;
  raw: Buffer;
  addressKeys: string[];
}

/**
 * The archives to which an address belongs, by the index on `users.address_keys`. Not a join: Postgres takes an
 * address for one of every 200 users, and would read all archives instead of the few.
 *
 * @param key the name of a column or expression with the address key
 */
const archivesByAddress = (key: string) =>
  `archives where owner_id = any (array(select id from users where address_keys @> array[${key}] collate "C"))`;

/** The names of all archives to which at least one of the addresses belongs, in order. */
export async function resolveArchives(db: Knex, addressKeys: string[]): Promise<string[]> {
  const rows = await all<{ name: string }>(
    db,
    `select distinct archives.name, archives.name_key
     from unnest(?::text[]) as address (key),
       lateral (select archives.name, archives.name_key from ${archivesByAddress('address.key')}) archives
     order by archives.name_key`,
    [addressKeys],
  );
  return rows.length > 0 ? rows.map(({ name }) => name) : [catchAll];
}

/** Stores the messages that are not there yet, once each, and assigns them to their archives. */
export async function storeMessages(
  db: Knex.Transaction,
  messages: NewMessage[],
): Promise<{ imported: number; unclaimed: number }> {
  const unique = [...new Map(messages.map((message) => [message.digest.toString('hex'), message])).values()];
  const stored = await all<{ id: string; digest: Buffer }>(
    db,
    `insert into messages (digest, raw) select * from unnest(?::bytea[], ?::bytea[])
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

/** What is in no archive yet goes to the one for all that matches nobody. */
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

/** The archive for all that is nobody's; the first to need it makes it. */
async function findCatchAll(db: Knex): Promise<string> {
  const find = () => all<{ id: string }>(db, 'select id from archives where name_key = ?', [catchAll]);
  const [found] = await find();
  if (found) return found.id;
  // Two imports at once make one: a deferrable constraint cannot say so (`on conflict`).
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

/** Up to `most` messages of an archive behind the given one, by their number. */
export async function readMessages(
  db: Knex,
  archive: string,
  after: string,
  most: number,
): Promise<{ id: string; raw: Buffer }[]> {
  return all<{ id: string; raw: Buffer }>(
    db,
    `select id, raw from archive_messages join messages on messages.id = message_id
     where archive_id = ? and message_id > ? order by message_id limit ?`,
    [archive, after, most],
  );
}
