import { createHash } from 'node:crypto';
import { messageOf, RollcallError } from '../core/errors.ts';
import { visible } from '../core/printable.ts';
import { storeMessages, type NewMessage } from './messages.ts';
import type { Store } from '../database/store.ts';
import { prepare, writeBeside } from '../database/access.ts';
import { DatabaseError } from '../database/failure.ts';
import { addressesOf } from './addresses.ts';
import type { SourceMessage } from './sources.ts';

/** The result of an import, in numbers of messages. */
export interface ImportCounts {
  read: number;
  /** Messages that were not stored before. */
  imported: number;
  /** Imported messages that match no user and went to `@catchall`. */
  unclaimed: number;
  /** Messages that were stored although their header could not be parsed. */
  unparsable: number;
}

export interface ImportObserver {
  progress?: (counts: ImportCounts) => void;
  /** Called for a message that is stored although its header could not be parsed. */
  unparsable?: (place: string, reason: string) => void;
}

// Large enough that the round trip of a transaction does not matter, small enough for memory.
const most = { messages: 500, bytes: 8 * 1024 * 1024 };

/**
 * Imports messages, each into the archives of all users who have one of its addresses. After an interruption, only
 * complete messages are stored, and importing again adds the rest.
 */
export async function importMessages(
  store: Store,
  messages: AsyncIterable<SourceMessage>,
  observer: ImportObserver,
  signal: AbortSignal,
): Promise<ImportCounts> {
  const counts: ImportCounts = { read: 0, imported: 0, unclaimed: 0, unparsable: 0 };
  // Once, so that the batches need not check it.
  await prepare(store, signal);
  let batch: NewMessage[] = [];
  let bytes = 0;
  let underWay: Promise<void> = Promise.resolve();
  const send = async () => {
    const rows = batch;
    batch = [];
    bytes = 0;
    await underWay;
    observer.progress?.(counts);
    underWay = writeBeside(store, signal, (db) => storeMessages(db, rows)).then(({ imported, unclaimed }) => {
      counts.imported += imported;
      counts.unclaimed += unclaimed;
    });
    underWay.catch(() => undefined);
  };
  try {
    for await (const { raw, place } of messages) {
      counts.read += 1;
      let addressKeys: string[] = [];
      try {
        addressKeys = await addressesOf(raw);
      } catch (error) {
        counts.unparsable += 1;
        observer.unparsable?.(place, visible(messageOf(error)));
      }
      batch.push({ digest: createHash('sha256').update(raw).digest(), raw, addressKeys });
      bytes += raw.length;
      if (batch.length >= most.messages || bytes >= most.bytes) await send();
    }
    if (batch.length > 0) await send();
    await underWay;
  } catch (error) {
    await underWay.catch(() => undefined);
    if (!(error instanceof RollcallError) || error.outcome !== 'failed' || counts.imported === 0) throw error;
    // "Nothing was written" is true of the failed transaction, but not of the import.
    throw error instanceof DatabaseError
      ? error.whileStays(whatStays)
      : new RollcallError('failed', `${error.message}; ${whatStays}`);
  }
  return counts;
}

/** What remains true after an import that did not finish. */
export const whatStays = 'messages that were already imported stay, and importing again adds the rest';
