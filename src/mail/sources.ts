import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { reasonOf, RollcallError } from '../core/errors.ts';
import { visible } from '../core/printable.ts';
import { largestMessage, readMbox } from './mbox.ts';

/** A message and its origin. */
export interface SourceMessage {
  raw: Buffer;
  /** Where to look for it: `inbox.mbox, message 3`. */
  place: string;
}

/**
 * The messages of a file or folder: a single message (.eml) or an mbox, gzipped or not, or a Maildir; `-` is standard
 * input. The content decides which it is, not the name.
 *
 * @throws RollcallError when it cannot be read, or is none of these
 */
export async function* readMessages(path: string, stdin: Readable): AsyncGenerator<SourceMessage> {
  const name = path === '-' ? 'standard input' : visible(path);
  try {
    if (path !== '-' && (await stat(path)).isDirectory()) yield* readMaildir(path);
    else yield* readFileOrMbox(path === '-' ? stdin : createReadStream(path), name);
  } catch (error) {
    if (error instanceof RollcallError) throw error;
    throw new RollcallError('failed', `cannot read ${name}: ${visible(reasonOf(error))}`);
  }
}

async function* readFileOrMbox(stream: Readable, name: string): AsyncGenerator<SourceMessage> {
  const { chunks, start } = await peek(await decompressed(stream));
  if (start.length === 0) throw new Error('it is empty');
  if (start.toString('latin1', 0, 5) === 'From ') {
    let number = 0;
    for await (const raw of readMbox(chunks)) yield { raw, place: `${name}, message ${++number}` };
    return;
  }
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > largestMessage) throw new Error(`it is larger than ${largestMessage} bytes and not an mbox`);
    parts.push(chunk);
  }
  yield { raw: Buffer.concat(parts), place: name };
}

/** Reads `cur` and `new`; messages in `tmp` are incomplete. */
async function* readMaildir(folder: string): AsyncGenerator<SourceMessage> {
  const names = await readdir(folder);
  if (!names.includes('cur') && !names.includes('new')) {
    throw new Error('it is a folder, but not a Maildir (it has neither cur nor new)');
  }
  for (const part of ['cur', 'new'].filter((part) => names.includes(part))) {
    for (const name of (await readdir(join(folder, part))).sort()) {
      const path = join(folder, part, name);
      if ((await stat(path)).isFile()) yield { raw: await readFile(path), place: visible(path) };
    }
  }
}

async function decompressed(stream: Readable): Promise<AsyncIterable<Buffer>> {
  const { chunks, start } = await peek(stream as AsyncIterable<Buffer>);
  if (start[0] !== 0x1f || start[1] !== 0x8b) return chunks;
  // pipeline passes every failure on to the reader, including that of a truncated file.
  return pipeline(Readable.from(chunks), createGunzip(), () => undefined) as AsyncIterable<Buffer>;
}

/** Reads the first bytes; `chunks` still has all of them. */
async function peek(
  source: AsyncIterable<Buffer>,
): Promise<{ start: Buffer; chunks: AsyncIterable<Buffer> }> {
  const iterator = source[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  let ended = false;
  while (start.length < 5 && !ended) {
    const { value, done } = (await iterator.next()) as IteratorResult<Buffer, undefined>;
    if (done === true) ended = true;
    else start = Buffer.concat([start, value]);
  }
  async function* chunks(): AsyncGenerator<Buffer> {
    if (start.length > 0) yield start;
    while (!ended) {
      const { value, done } = (await iterator.next()) as IteratorResult<Buffer, undefined>;
      if (done === true) return;
      yield value;
    }
  }
  return { start, chunks: chunks() };
}
