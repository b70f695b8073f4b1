import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RollcallError } from '../core/errors.ts';
import { visible } from '../core/printable.ts';
import { readAnyVersion } from '../database/access.ts';
import type { Store } from '../database/store.ts';
import { readArchive, type StoredMessage } from './messages.ts';

/** Where exported messages go. */
export interface Target {
  write: (message: StoredMessage) => Promise<void>;
  close: () => Promise<void>;
  /** Leaves nothing behind if nothing was written; does nothing after `close`. */
  abandon: () => Promise<void>;
}

const most = 50;

/**
 * Writes all messages of an archive, byte for byte as imported.
 *
 * @param archive its database ID
 */
export async function exportMessages(
  store: Store,
  archive: string,
  target: Target,
  signal: AbortSignal,
): Promise<void> {
  try {
    // One short transaction for each batch: a slow reader must not keep one open.
    for (let last = '0'; ;) {
      const messages = await readAnyVersion<StoredMessage[]>(store, signal, [], (db) =>
        readArchive(db, archive, last, most),
      );
      for (const message of messages) {
        await target.write(message);
        last = message.id;
      }
      if (messages.length < most) break;
    }
    await target.close();
  } finally {
    await target.abandon();
  }
}

/**
 * Creates a Maildir.
 *
 * @throws RollcallError (64) when the path already exists
 */
export async function maildir(folder: string): Promise<Target> {
  try {
    await mkdir(folder, { mode: 0o700 });
    for (const part of ['cur', 'new', 'tmp']) await mkdir(join(folder, part), { mode: 0o700 });
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw new RollcallError(
      'usage',
      `${visible(folder)} ${exists ? 'already exists and was not changed' : 'cannot be created'} (--output)`,
    );
  }
  return {
    write: ({ id, raw }) => writeFile(join(folder, 'cur', `${id}.rollcall:2,S`), raw, { flag: 'wx' }),
    close: () => Promise.resolve(),
    abandon: () => Promise.resolve(),
  };
}
