import type { Knex } from 'knex';
import { catchAll } from '../core/names.ts';
import { prepare, read, writeBeside } from '../database/access.ts';
import { DatabaseError } from '../database/failure.ts';
import { RollcallError } from '../core/errors.ts';
import { all } from '../database/query.ts';
import type { Store } from '../database/store.ts';
import { addressesOf } from './addresses.ts';
import { largestHeader } from './bounds.ts';
import { claimMessages, type Placed } from './catch-all.ts';
import { splitMessage } from './header.ts';
import { matchesOf } from './matches.ts';

/** What lies in `@catchall`, in numbers of messages. */
export interface Reassignment {
  /** Messages in `@catchall`. */
  read: number;
  /** Those that match a user by now. */
  reassigned: number;
  /** Those that go to each archive, by its name. One may go to several. */
  archives: Map<string, number>;
}

/** Of a page: messages, and addresses, of which one message may have very many. */
const most = { messages: 100, addresses: 50_000 };

/** In bytes; nearly every header is shorter. */
const usualHeader = 32 * 1024;

/**
 * Moves what lies in `@catchall` for an address that a user has by now to the archives of all users who have one. After an
 * interruption, what was moved stays.
 *
 * @param commit false only counts
 */
export async function reassign(
  store: Store,
  commit: boolean,
  progress: (read: number) => void,
  signal: AbortSignal,
): Promise<Reassignment> {
  const total: Reassignment = { read: 0, reassigned: 0, archives: new Map() };
  if (commit) await prepare(store, signal);
  const claim = async (db: Knex.Transaction, last: string) => {
    const placed = await weighPage(db, last);
    await claimMessages(db, placed);
    return placed;
  };
  try {
    for (let last = '0'; ;) {
      const page = commit
        ? await writeBeside(store, signal, (db) => claim(db, last))
        : await read(store, signal, (db) => weighPage(db, last));
      const end = page.at(-1);
      if (end === undefined) return total;
      last = end.id;
      for (const { matches } of page) {
        if (matches.length > 0) total.reassigned += 1;
        for (const { name } of matches) total.archives.set(name, (total.archives.get(name) ?? 0) + 1);
      }
      total.read += page.length;
      progress(total.read);
    }
  } catch (error) {
    if (!commit || total.reassigned === 0 || !(error instanceof RollcallError)) throw error;
    throw error instanceof DatabaseError
      ? error.whileStays(whatWasMoved, true)
      : new RollcallError(error.outcome, `${error.message}; ${whatWasMoved}`, true);
  }
}

/** What remains true after a reassignment that did not finish. */
export const whatWasMoved = 'what was already moved stays, and moving again moves the rest';

/** The next messages of `@catchall` after one, and the archives that they match. */
async function weighPage(db: Knex, after: string): Promise<Placed[]> {
  const rows = await all<{ id: string; start: Buffer }>(
    db,
    // A page first, and then its messages: Postgres would merge the two from the first message on, for each page.
    `select id, substring(raw from 1 for ?) as start from (
       select message_id from archive_messages
       where archive_id = (select id from archives where name_key = ?) and message_id > ?
       order by message_id limit ?
     ) page join messages on messages.id = message_id order by id`,
    [usualHeader, catchAll, after, most.messages],
  );
  const addresses: string[][] = [];
  let count = 0;
  for (const { id, start } of rows) {
    if (count > most.addresses) break;
    const its = addressesOf(await wholeHeader(db, id, start));
    addresses.push(its);
    count += its.length;
  }
  const matches = await matchesOf(db, addresses);
  return matches.map((its, i) => ({ id: rows[i]?.id ?? '', matches: its }));
}

async function wholeHeader(db: Knex, id: string, start: Buffer): Promise<Buffer> {
  const { header, isWhole } = splitMessage(start);
  // Without a line feed so far, one further down decides what ends a line.
  if ((isWhole && start.includes('\n')) || start.length < usualHeader) return header;
  const [more] = await all<{ bytes: Buffer }>(
    db,
    'select substring(raw from 1 for ?) as bytes from messages where id = ?',
    [largestHeader, id],
  );
  return splitMessage(more?.bytes ?? start).header;
}
