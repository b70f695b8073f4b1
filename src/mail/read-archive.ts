import { RollcallError } from '../core/errors.ts';
import { readAnyVersion } from '../database/access.ts';
import { all } from '../database/query.ts';
import type { Store } from '../database/store.ts';
import { partSize } from './bounds.ts';

/** A message of an archive, in parts. */
export interface StoredMessage {
  /** Its database ID. */
  id: string;
  parts: AsyncIterable<Buffer>;
}

interface Sized {
  id: string;
  /** In bytes. */
  size: number;
}

const most = 500;

/** In bytes. Postgres decompresses all that is in front of what is read of a message. */
const readSize = 4 * partSize;

/**
 * All messages of an archive, in the order of their IDs. Each read is a short transaction of its own: a slow reader must not keep
 * one open.
 *
 * @param archive its database ID
 */
export async function* readArchive(
  store: Store,
  archive: string,
  signal: AbortSignal,
): AsyncGenerator<StoredMessage> {
  for (let last = '0'; ;) {
    const listed = await ask<Sized>(
      store,
      signal,
      // A page first, and then its messages: Postgres would merge the two from the first message on, for each page.
      `select id, octet_length(raw) as size from (
         select message_id from archive_messages where archive_id = ? and message_id > ? order by message_id limit ?
       ) page join messages on messages.id = message_id order by id`,
      [archive, last, most],
    );
    for (const batch of batchesOf(listed)) {
      const [first] = batch;
      if (batch.length === 1 && first !== undefined && first.size > readSize) {
        yield { id: first.id, parts: partsOf(store, first, signal) };
        continue;
      }
      const messages = await ask<{ id: string; raw: Buffer }>(
        store,
        signal,
        'select id, raw from messages where id = any (?::bigint[]) order by id',
        [batch.map(({ id }) => id)],
      );
      for (const { id, raw } of messages) yield { id, parts: only(raw) };
    }
    const end = listed.at(-1);
    if (end === undefined || listed.length < most) return;
    last = end.id;
  }
}

/** Groups messages by what may be in memory at once. */
function* batchesOf(listed: readonly Sized[]): Generator<Sized[]> {
  let batch: Sized[] = [];
  let bytes = 0;
  for (const message of listed) {
    if (batch.length > 0 && bytes + message.size > readSize) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(message);
    bytes += message.size;
  }
  if (batch.length > 0) yield batch;
}

async function* partsOf(store: Store, { id, size }: Sized, signal: AbortSignal): AsyncGenerator<Buffer> {
  for (let from = 1; from <= size; from += readSize) {
    const [part] = await ask<{ bytes: Buffer }>(
      store,
      signal,
      'select substring(raw from ? for ?) as bytes from messages where id = ?',
      [from, readSize, id],
    );
    if (part === undefined) throw new RollcallError('failed', `message ${id} was removed meanwhile`);
    yield part.bytes;
  }
}

async function* only(raw: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(raw);
}

const ask = <R>(store: Store, signal: AbortSignal, sql: string, bindings: unknown[]) =>
  readAnyVersion<R[]>(store, signal, [], (db) => all<R>(db, sql, bindings));
