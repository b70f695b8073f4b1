import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { RollcallError, writeReasonOf } from '../core/errors.ts';
import { visible } from '../core/printable.ts';
import type { Store } from '../database/store.ts';
import { readArchive, type StoredMessage } from './read-archive.ts';

/** Where exported messages go. */
export interface Target {
  write: (message: StoredMessage) => Promise<void>;
  close: () => Promise<void>;
  /** Leaves nothing behind if nothing was written; does nothing after `close`. */
  abandon: () => Promise<void>;
}

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
    for await (const message of readArchive(store, archive, signal)) await target.write(message);
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
    write: (message) => writeMessage(folder, message),
    close: () => Promise.resolve(),
    abandon: () => Promise.resolve(),
  };
}

/** As in every Maildir, a message is in `tmp` until it is complete. */
async function writeMessage(folder: string, { id, parts }: StoredMessage): Promise<void> {
  const draft = join(folder, 'tmp', `${id}.rollcall`);
  const attempt = async <T>(work: Promise<T>) => {
    try {
      return await work;
    } catch (error) {
      throw new RollcallError(
        'failed',
        `message ${id} could not be written to ${visible(folder)}: ${visible(writeReasonOf(error))}`,
      );
    }
  };
  const file = await attempt(open(draft, 'wx', 0o600));
  try {
    for await (const part of parts) await attempt(file.writeFile(part));
  } finally {
    await file.close();
  }
  await attempt(rename(draft, join(folder, 'cur', `${id}.rollcall:2,S`)));
}
