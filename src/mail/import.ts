import { createHash } from 'node:crypto';
import { RollcallError } from '../core/errors.ts';
import { foretellMessages, storeMessages, type NewMessage, type Stored } from './messages.ts';
import type { Store } from '../database/store.ts';
import { prepare, read, writeBeside } from '../database/access.ts';
import { DatabaseError } from '../database/failure.ts';
import { addressesOfMessage, headerTooLarge } from './addresses.ts';
import { partSize } from './bounds.ts';
import { leftOut, type Found, type FoundMessage, type LeftOut, type Noted } from './found.ts';

/** The result of an import, in numbers of messages. */
export interface ImportCounts extends Stored {
  read: number;
  /** Files and messages that cannot be imported. */
  leftOut: number;
}

export interface ImportObserver {
  progress?: (counts: ImportCounts) => void;
  leftOut?: (what: LeftOut) => void;
  noted?: (what: Noted) => void;
}

// Large enough that the round trip of a transaction does not matter, small enough for memory.
const most = { messages: 500, bytes: 4 * partSize, addresses: 50_000 };

/**
 * Imports messages, each into the archives of all users who have one of its addresses. After an interruption, only
 * complete messages are stored, and importing again adds the rest.
 *
 * @param isDryRun only counts what would be done
 */
export async function importMail(
  store: Store,
  mail: AsyncIterable<Found>,
  isDryRun: boolean,
  observer: ImportObserver,
  signal: AbortSignal,
): Promise<ImportCounts> {
  const counts: ImportCounts = {
    ...{ read: 0, imported: 0, stored: 0, unclaimed: 0, reassigned: 0, removed: 0, leftOut: 0 },
  };
  // Once, so that the batches need not check it.
  if (!isDryRun) await prepare(store, signal);
  const isFirst = firstTime();
  const batch = new Batch(counts, (messages) =>
    isDryRun
      ? read(store, signal, (db) => foretellMessages(db, messages, isFirst))
      : writeBeside(store, signal, (db) => storeMessages(db, messages)),
  );
  const leave = (what: LeftOut) => {
    counts.leftOut += 1;
    observer.leftOut?.(what);
  };
  try {
    for await (const found of mail) {
      signal.throwIfAborted();
      if (found.type === 'noted') observer.noted?.(found);
      else if (found.type === 'leftOut') leave(found);
      else {
        counts.read += 1;
        const message = newMessage(found);
        if (message === null) leave(leftOut(found.place, headerTooLarge));
        else await batch.add(message);
        observer.progress?.(counts);
      }
    }
    signal.throwIfAborted();
    await batch.finish();
  } catch (error) {
    await batch.settle();
    const isWritten = !isDryRun && counts.imported + counts.reassigned > 0;
    if (!(error instanceof RollcallError) || error.outcome !== 'failed' || !isWritten) throw error;
    // "Nothing was written" is true of the failed transaction, but not of the import.
    throw error instanceof DatabaseError
      ? error.whileStays(whatStays, true)
      : new RollcallError('failed', `${error.message}; ${whatStays}`, true);
  }
  return counts;
}

/** What remains true after an import that did not finish. */
export const whatStays = 'messages that were already imported stay, and importing again adds the rest';

/** Null when its header is too large. */
function newMessage({ parts }: FoundMessage): NewMessage | null {
  const addressKeys = addressesOfMessage(parts);
  if (addressKeys === null) return null;
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return { digest: hash.digest(), parts, addressKeys };
}

/** Nothing is stored by a dry run, so that only this knows what came before. 48 bits are enough for a count. */
function firstTime(): (digest: Buffer) => boolean {
  // Of a set for all, 16 million would be the most.
  const sets = Array.from({ length: 256 }, () => new Set<number>());
  return (digest) => {
    const seen = sets[digest[6] ?? 0] ?? new Set();
    return seen.size < seen.add(digest.readUIntBE(0, 6)).size;
  };
}

/** Collects messages, and stores them while more are read. */
class Batch {
  readonly #counts: ImportCounts;
  readonly #store: (messages: NewMessage[]) => Promise<Stored>;
  #messages: NewMessage[] = [];
  #bytes = 0;
  #addresses = 0;
  #underWay: Promise<void> = Promise.resolve();

  constructor(counts: ImportCounts, store: (messages: NewMessage[]) => Promise<Stored>) {
    this.#counts = counts;
    this.#store = store;
  }

  async add(message: NewMessage): Promise<void> {
    const bytes = message.parts.reduce((sum, { length }) => sum + length, 0);
    if (this.#bytes + bytes > most.bytes) await this.#send();
    this.#messages.push(message);
    this.#bytes += bytes;
    this.#addresses += message.addressKeys.length;
    // A large message is stored before another one is read, because of its memory.
    if (message.parts.length > 1) await this.finish();
    else if (this.#messages.length === most.messages || this.#addresses > most.addresses) await this.#send();
  }

  async finish(): Promise<void> {
    await this.#send();
    await this.#underWay;
  }

  /** Waits for what is under way, whatever becomes of it. */
  settle(): Promise<void> {
    return this.#underWay.catch(() => undefined);
  }

  async #send(): Promise<void> {
    if (this.#messages.length === 0) return;
    const messages = this.#messages;
    this.#messages = [];
    this.#bytes = 0;
    this.#addresses = 0;
    await this.#underWay;
    this.#underWay = this.#store(messages).then((stored) => {
      for (const key of ['imported', 'stored', 'unclaimed', 'reassigned', 'removed'] as const) {
        this.#counts[key] += stored[key];
      }
      // Whoever read them still refers to them while more is read.
      for (const { parts } of messages) parts.length = 0;
    });
    this.#underWay.catch(() => undefined);
  }
}
