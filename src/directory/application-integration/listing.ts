import { TextDecoder } from 'node:util';
import pRetry from 'p-retry';
import { RollcallError } from '../../core/errors.ts';
import { count, visible } from '../../core/printable.ts';
import { Spool } from '../../files/spool.ts';
import { readElements } from './elements.ts';
import type { FetchEvents } from '../directory.ts';
import { post } from '../http/request.ts';
import { nameOf, TransportError, type HttpSettings } from '../http/settings.ts';

/** A complete answer in a temporary file. */
export interface Arrived {
  contentType: string;
  body: Spool;
  url: string;
}

/**
 * Fetches the listing to its last byte into a temporary file, so that no transaction has to stay open meanwhile. After
 * a temporary failure it retries, with increasing delays.
 *
 * @throws RollcallError when the answer is not complete
 */
export async function fetchListing(
  settings: HttpSettings,
  signal: AbortSignal,
  events: FetchEvents = {},
): Promise<Arrived> {
  return pRetry(() => fetchOnce(settings, signal, events), {
    retries: settings.retries,
    minTimeout: 1_000,
    maxTimeout: 30_000,
    randomize: true,
    signal,
    shouldRetry: ({ error }) => error instanceof TransportError && error.passing,
    onFailedAttempt: ({ error, retriesLeft }) => {
      if (error instanceof TransportError && error.passing && retriesLeft > 0) {
        events.retrying?.(error.message, retriesLeft);
      }
    },
  });
}

async function fetchOnce(settings: HttpSettings, signal: AbortSignal, events: FetchEvents): Promise<Arrived> {
  const { contentType, body } = await post(settings, { cmd: 'list' }, signal);
  const spool = await Spool.create();
  try {
    for await (const chunk of body) {
      await spool.write(chunk);
      events.received?.(spool.size);
    }
    await spool.flush();
    return { contentType, body: spool, url: nameOf(settings.url) };
  } catch (error) {
    await spool.close();
    throw error;
  }
}

/**
 * Reads the elements of a listing, in batches.
 *
 * @throws RollcallError when it is not one JSON array from its first to its last byte; some elements may have been
 *   returned by then
 */
export async function* readListing(listing: Arrived): AsyncGenerator<unknown[]> {
  let read = 0;
  try {
    for await (const elements of readElements(decode(listing))) {
      read += elements.length;
      yield elements;
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const start = await beginning(listing);
    const after = read > 0 ? ` (after ${count(read, 'entry', 'entries')})` : '';
    throw new RollcallError(
      'failed',
      `${listing.url} did not answer with a complete JSON array: ${error.message}${after}; the answer ${start}`,
    );
  }
}

async function* decode({ contentType, body, url }: Arrived): AsyncGenerator<string> {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(charset, { fatal: true });
  } catch {
    throw new RollcallError('failed', `${url} declares an unknown charset: ${visible(charset)}`);
  }
  try {
    for await (const chunk of body.read()) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new RollcallError(
      'failed',
      `${url} answered with bytes that are not ${visible(charset)}; it must declare its charset (Content-Type: application/json; charset=…)`,
    );
  }
}

/** How an answer begins: enough to recognize a login page or an error notice. */
async function beginning({ body }: Arrived): Promise<string> {
  for await (const chunk of body.read(64)) {
    const start = new TextDecoder().decode(chunk).slice(0, 40);
    return `begins with ${JSON.stringify(visible(start))}`;
  }
  return 'is empty';
}
