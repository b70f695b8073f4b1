import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { addAbortSignal, pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { reasonOf, RollcallError } from '../../core/errors.ts';
import { count, visible } from '../../core/printable.ts';
import { openReadable } from '../../files/readable.ts';
import { Spool } from '../../files/spool.ts';
import type { Directory, FetchEvents } from '../directory.ts';
import { readListing } from '../listing/arrived.ts';

/** A listing in a file, such as an export of the personnel system. */
export interface FileSettings {
  /** Its path. */
  file: string;
  /** Is read instead, if it is given. */
  stdin?: Readable;
  /** The most that it may have after decompression, in bytes. */
  maxSize: number;
  /** How long a login may take, in milliseconds. */
  loginTimeout: number;
}

/** A directory that is a file: JSON as a server would list it, in UTF-8, also compressed with gzip. */
export function openFile(settings: FileSettings): Directory {
  const name = settings.stdin === undefined ? visible(settings.file) : 'standard input';
  return {
    name,
    loginTimeout: settings.loginTimeout,
    fetch: async (signal, events) => {
      const body = await copy(settings, name, signal, events);
      return {
        entries: () => readListing({ contentType: 'application/json', body, name, secrets: [] }),
        close: () => body.close(),
      };
    },
    checkPassword: () =>
      Promise.reject(
        new RollcallError(
          'failed',
          `${name} is a file, which knows no passwords; only integrated users can log on`,
        ),
      ),
  };
}

/** Copies the file before it is read, so that all of it is of one moment. */
async function copy(
  { file, stdin, maxSize }: FileSettings,
  name: string,
  signal: AbortSignal,
  events: FetchEvents,
): Promise<Spool> {
  const refuse = (why: string) => new RollcallError('failed', `${name} ${why}`);
  const spool = await Spool.create();
  try {
    const opened = stdin === undefined ? await openReadable(file) : { stream: stdin, stats: null };
    const stream = addAbortSignal(signal, opened.stream);
    for await (const chunk of decompressed(stream)) {
      if (spool.size + chunk.length > maxSize)
        throw refuse(`has more than ${count(maxSize, 'byte')}; raise directory.maxSize if it is that large`);
      await spool.write(chunk);
      events.received?.(spool.size, null);
    }
    await spool.flush();
    if (opened.stats !== null && (await isChanged(file, opened.stats)))
      throw refuse('was changed while it was read; write to another file, and rename it when it is complete');
    return spool;
  } catch (error) {
    await spool.close();
    signal.throwIfAborted();
    if (error instanceof RollcallError) throw error;
    const isDamaged = (error as NodeJS.ErrnoException).code?.startsWith('Z_') === true;
    throw refuse(isDamaged ? 'is not whole: its gzip is damaged' : `cannot be read: ${reasonOf(error)}`);
  }
}

/** Whether somebody has written to it since. Another file may have its name by now, which is fine. */
async function isChanged(file: string, before: Stats): Promise<boolean> {
  const now = await stat(file).catch(() => null);
  if (now === null || now.ino !== before.ino || now.dev !== before.dev || !now.isFile()) return false;
  return now.mtimeMs !== before.mtimeMs || now.size !== before.size;
}

async function* decompressed(stream: Readable): AsyncGenerator<Buffer> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const first = await chunks.next();
  if (first.done === true) return;
  const whole = rejoin(first.value, chunks);
  if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) yield* whole;
  else yield* pipeline(Readable.from(whole), createGunzip(), () => undefined) as AsyncIterable<Buffer>;
}

async function* rejoin(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}
