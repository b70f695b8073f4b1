import { leftOut, type Found } from '../found.ts';
import { gunzip } from './gunzip.ts';
import { frontOf } from '../header.ts';
import { headSize, kindOf } from './kind.ts';
import { readMbox, tooLarge } from './mbox.ts';
import { Parts } from './parts.ts';

/**
 * Reads a file, gzipped or not. Its content alone decides what it is; a byte order mark and empty lines in front are no part
 * of it.
 *
 * @throws what reading it throws; everything before that has come
 */
export async function* readFile(stream: AsyncIterable<Buffer>, place: string): AsyncGenerator<Found> {
  const file = await begin(stream);
  const { start, chunks, failure, end } = isGzip(file.start) ? await begin(gunzip(file.chunks)) : file;
  const kind = kindOf(start);
  if (kind === 'mbox') yield* readMbox(chunks, place);
  else if (kind === 'message') yield await readMessage(chunks, place);
  else {
    await end();
    if (failure !== null) throw failure.error;
    yield leftOut(place, kind.refused);
  }
}

async function readMessage(chunks: AsyncIterable<Buffer>, place: string): Promise<Found> {
  const message = new Parts();
  for await (const chunk of chunks) {
    message.add(chunk);
    if (message.isTooLarge) return tooLarge(place);
  }
  return { type: 'message', place, parts: message.take() };
}

const isGzip = (start: Buffer) => start[0] === 0x1f && start[1] === 0x8b;

interface Begun {
  start: Buffer;
  chunks: AsyncIterable<Buffer>;
  /** What came instead of more; `chunks` throws it, too. */
  failure: { error: unknown } | null;
  /** Closes the source, when `chunks` is not read. */
  end: () => Promise<unknown>;
}

/** The first `headSize` bytes behind what is in front, and all chunks from there on. */
async function begin(source: AsyncIterable<Buffer>): Promise<Begun> {
  const iterator = source[Symbol.asyncIterator]();
  const next = () => iterator.next() as Promise<IteratorResult<Buffer, undefined>>;
  let pieces: Buffer[] = [];
  let start = Buffer.alloc(0);
  let size = 0;
  let failure: Begun['failure'] = null;
  let isEnd = false;
  while (size < headSize && !isEnd) {
    try {
      const { value } = await next();
      if (value === undefined) isEnd = true;
      else pieces.push(value);
      size += value?.length ?? 0;
    } catch (error) {
      // What came before the damage is read first.
      failure = { error };
      isEnd = true;
    }
    if (size < headSize && !isEnd) continue;
    start = Buffer.concat(pieces);
    start = start.subarray(frontOf(start));
    pieces = [start];
    size = start.length;
  }
  async function* chunks(): AsyncGenerator<Buffer> {
    try {
      if (start.length > 0) yield start;
      if (failure !== null) throw failure.error;
      while (!isEnd) {
        const { value } = await next();
        if (value === undefined) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { start, chunks: chunks(), failure, end: async () => iterator.return?.() };
}
