import { Readable } from 'node:stream';
import type { Found, FoundMessage } from '../../src/mail/found.ts';
import type { StoredMessage } from '../../src/mail/read-archive.ts';

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** Bytes in pieces of one size. */
export function chunked(bytes: Buffer, size: number): AsyncIterable<Buffer> {
  const parts = [];
  for (let i = 0; i < bytes.length; i += size) parts.push(bytes.subarray(i, i + size));
  return Readable.from(parts) as AsyncIterable<Buffer>;
}

/** The bytes of the messages. */
export const rawsOf = (found: readonly Found[]): Buffer[] =>
  found.flatMap((one) => (one.type === 'message' ? [Buffer.concat(one.parts)] : []));

/** What was left out or noted, in one line each. */
export const notedIn = (found: readonly Found[]): string[] =>
  found.flatMap((one) => (one.type === 'message' ? [] : [`${one.place}: ${one.reason}`]));

/** Messages as a source gives them. */
export async function* sourceOf(messages: readonly (string | Buffer)[]): AsyncGenerator<FoundMessage> {
  for (const [i, message] of messages.entries()) {
    const parts = [Buffer.from(message as string)];
    yield await Promise.resolve({ type: 'message', place: `message ${i + 1}`, parts });
  }
}

/** A target of an export, and what it has got. */
export function listTarget() {
  const raws: Buffer[] = [];
  const target = {
    write: async ({ parts }: StoredMessage) => void raws.push(Buffer.concat(await collect(parts))),
    close: () => Promise.resolve(),
    abandon: () => Promise.resolve(),
  };
  return { raws, target };
}
