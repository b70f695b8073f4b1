import type { Knex } from 'knex';
import { catchAll } from '../core/names.ts';
import { all, run } from '../database/query.ts';
import { claimMessages, placeMessages } from './catch-all.ts';
import { matchesOf, type Match } from './matches.ts';

export interface NewMessage {
  /** SHA-256 of the whole message. */
  digest: Buffer;
  /** The message; several parts only if it is larger than one. */
  parts: Buffer[];
  addressKeys: string[];
}

/** What storing messages does, in numbers of messages. */
export interface Stored {
  /** Messages that were not stored before. */
  imported: number;
  /** Messages that were stored before, and stay where they are. */
  stored: number;
  /** Imported messages that match no user, and go to `@catchall`. */
  unclaimed: number;
  /** Messages that were in `@catchall`, match a user by now, and go to their archives. */
  reassigned: number;
  /** Messages that were removed by hand, and stay out. */
  removed: number;
}

/** A message before it is imported. */
interface Weighed extends NewMessage {
  state: 'new' | 'unclaimed' | 'stored' | 'removed';
  /** Null when it is not stored. */
  id: string | null;
  /** The archives that it goes to; of new and unclaimed messages only. */
  matches: Match[];
}

/**
 * What `storeMessages` would do.
 *
 * @param isFirst tells whether a digest has not come before, in this call or in an earlier one
 */
export async function foretellMessages(
  db: Knex,
  messages: readonly NewMessage[],
  isFirst: (digest: Buffer) => boolean,
): Promise<Stored> {
  const weighed = await weigh(db, messages);
  return summaryOf(
    weighed.map((message) =>
      isFirst(message.digest) || message.state === 'removed' ? message : { ...message, state: 'stored' },
    ),
  );
}

/** Stores each new message once and assigns it to its archives, as well as those that lie in `@catchall`. */
export async function storeMessages(db: Knex.Transaction, messages: readonly NewMessage[]): Promise<Stored> {
  const weighed = await weigh(db, messages);
  const known = weighed.filter(({ state }) => state !== 'new');
  const inserted = await insert(
    db,
    weighed.filter(({ state }) => state === 'new'),
  );
  await placeMessages(db, inserted);
  const unclaimed = known.flatMap(({ state, id, matches }) =>
    state === 'unclaimed' && id !== null ? [{ id, matches }] : [],
  );
  await claimMessages(db, unclaimed);
  const counts = summaryOf([...inserted, ...known]);
  // Another import was faster with these.
  return { ...counts, stored: counts.stored + weighed.length - known.length - inserted.length };
}

/** Looks up what is stored of each message, and which archives it matches. One that comes again is then stored. */
async function weigh(db: Knex, messages: readonly NewMessage[]): Promise<Weighed[]> {
  const found = await all<Pick<Weighed, 'state' | 'id'>>(
    db,
    `select messages.id, case
       when messages.id is null and removed_messages.digest is not null then 'removed'
       when row_number() over (partition by given.digest order by place) > 1 then 'stored'
       when messages.id is null then 'new'
       when exists (select from archive_messages join archives on archives.id = archive_id
         where message_id = messages.id and name_key = ?) then 'unclaimed'
       else 'stored' end as state
     from unnest(?::bytea[]) with ordinality as given (digest, place)
     left join messages on messages.digest = given.digest
     left join removed_messages on removed_messages.digest = given.digest
     order by place`,
    [catchAll, messages.map(({ digest }) => digest)],
  );
  const weighed = messages.map((message, i) => ({
    ...message,
    ...(found[i] as Pick<Weighed, 'state' | 'id'>),
  }));
  const matches = await matchesOf(
    db,
    weighed.map(({ state, addressKeys }) => (state === 'new' || state === 'unclaimed' ? addressKeys : [])),
  );
  return weighed.map((message, i) => ({ ...message, matches: matches[i] ?? [] }));
}

const summaryOf = (weighed: readonly Weighed[]): Stored => {
  const those = (state: Weighed['state']) => weighed.filter((message) => message.state === state);
  return {
    imported: those('new').length,
    stored: those('stored').length + those('unclaimed').filter(({ matches }) => matches.length === 0).length,
    unclaimed: those('new').filter(({ matches }) => matches.length === 0).length,
    reassigned: those('unclaimed').filter(({ matches }) => matches.length > 0).length,
    removed: those('removed').length,
  };
};

/** Stores new messages, and returns them with their IDs; not those that another import was faster with. */
async function insert(db: Knex.Transaction, messages: Weighed[]): Promise<(Weighed & { id: string })[]> {
  if (messages.length === 0) return [];
  const whole = messages.filter(({ parts }) => parts.length === 1);
  const rows = await all<{ id: string; digest: Buffer }>(
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
    [whole.map(({ digest }) => digest), whole.flatMap(({ parts }) => parts)],
  );
  for (const message of messages.filter(({ parts }) => parts.length > 1)) {
    rows.push(...(await insertInParts(db, message)));
  }
  const ids = new Map(rows.map(({ id, digest }) => [digest.toString('hex'), id]));
  return messages.flatMap((message) => {
    const id = ids.get(message.digest.toString('hex'));
    return id === undefined ? [] : [{ ...message, id }];
  });
}

/** Sends a large message part by part: in one piece, the client would need several times its size. */
async function insertInParts(db: Knex.Transaction, { digest, parts }: NewMessage) {
  await db.raw('create temporary table part (number int, bytes bytea) on commit drop');
  for (const [number, bytes] of parts.entries()) {
    await run(db, 'insert into pg_temp.part values (?, ?)', [number, bytes]);
  }
  const rows = await all<{ id: string; digest: Buffer }>(
    db,
    `insert into messages (digest, raw) select ?, string_agg(bytes, ''::bytea order by number) from pg_temp.part
     on conflict (digest) do nothing returning id, digest`,
    [digest],
  );
  await db.raw('drop table pg_temp.part');
  return rows;
}
