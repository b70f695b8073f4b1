import { createHash } from 'node:crypto';
import { messageOf, RollcallError } from '../core/errors.ts';
import { visible } from '../core/text.ts';
import { storeMessages, type NewMessage } from '../store/mail.ts';
import { migrate } from '../store/migrate.ts';
import type { Store } from '../store/store.ts';
import { inTransaction } from '../store/transaction.ts';
import { addressesOf } from './addresses.ts';
import type { SourceMessage } from './sources.ts';

/** What an import has come to; numbers of messages. */
export interface ImportCounts {
  read: number;
  /** Not there before. */
  imported: number;
  /** Imported, but in nobody's archive: they are in `@catchall`. */
  unclaimed: number;
  /** Kept, though their header could not be parsed. */
  unparsable: number;
}

export interface ImportObserver {
  progress?: (counts: ImportCounts) => void;
  /** A message was kept of which not everything could be read. */
  unparsable?: (place: string, reason: string) => void;
}

// A transaction is worth its round trip with so many messages, and fits into memory with so many bytes.
const most = { messages: 500, bytes: 8 * 1024 * 1024 };

/**
 * Imports messages, each into the archives of all users who have one of its addresses. Whatever is interrupted,
 * whole messages are in, and importing again adds only the others.
 */
export async function importMessages(
  store: Store,
  messages: AsyncIterable<SourceMessage>,
  observer: ImportObserver,
  signal: AbortSignal,
): Promise<ImportCounts> {
  const counts: ImportCounts = { read: 0, imported: 0, unclaimed: 0, unparsable: 0 };
  await inTransaction(store, signal, async (db) => {
    await migrate(db, store.schema);
    return { commit: true, value: undefined };
  });
  let batch: NewMessage[] = [];
  let bytes = 0;
  let underWay: Promise<void> = Promise.resolve();
  const send = async () => {
    const rows = batch;
    batch = [];
    bytes = 0;
    await underWay;
    observer.progress?.(counts);
    underWay = inTransaction(store, signal, async (db) => ({
      commit: true,
      value: await storeMessages(db, rows),
    })).then(({ imported, unclaimed }) => {
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
    // What is true of the transaction that failed is not true of the import.
    throw new RollcallError('failed', `${error.message.replace('; nothing was written', '')}; ${whatStays}`);
  }
  return counts;
}

/** What is true of every import that does not come to its end. */
export const whatStays = 'what was imported before stays, and importing again adds the rest';
