import { TextDecoder } from 'node:util';
import pRetry from 'p-retry';
import { RollcallError } from '../core/errors.ts';
import { count, visible } from '../core/text.ts';
import { Spool } from '../files/spool.ts';
import { readElements } from './elements.ts';
import { nameOf, post, TransportError, type DirectorySettings } from './transport.ts';

/** A whole listing that has arrived and waits on disk. */
export interface Listing {
  contentType: string;
  body: Spool;
  url: string;
}

/** What is told while a listing arrives. */
export interface FetchEvents {
  received?: (bytes: number) => void;
  retrying?: (reason: string, retriesLeft: number) => void;
}

/**
 * Fetches the listing, to its last byte, into a temporary file, so that nothing of the database has to be held while
 * the directory is being waited for. What may pass is tried again, with growing pauses.
 *
 * @throws RollcallError when there is no whole answer
 */
export async function fetchListing(
  settings: DirectorySettings,
  signal: AbortSignal,
  events: FetchEvents = {},
): Promise<Listing> {
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

async function fetchOnce(
  settings: DirectorySettings,
  signal: AbortSignal,
  events: FetchEvents,
): Promise<Listing> {
  const { contentType, body } = await post(settings, { cmd: 'list' }, signal);
  const spool = await Spool.create();
  try {
    for await (const chunk of body) {
      await spool.write(chunk);
      events.received?.(spool.size);
    }
    return { contentType, body: spool, url: nameOf(settings.url) };
  } catch (error) {
    await spool.close();
    throw error;
  }
}

/**
 * Reads a listing: the elements of its array, some at a time.
 *
 * @throws RollcallError when it is not one JSON array from its first to its last byte; some elements may have been
 *   handed out before
 */
export async function* readListing(listing: Listing): AsyncGenerator<unknown[]> {
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
      `${listing.url} answered, but not with a whole JSON array: ${error.message}${after}; the answer begins with ${start}`,
    );
  }
}

async function* decode({ contentType, body, url }: Listing): AsyncGenerator<string> {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(charset, { fatal: true });
  } catch {
    throw new RollcallError('failed', `${url} declares a charset that nobody knows: ${visible(charset)}`);
  }
  try {
    for await (const chunk of body.read()) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new RollcallError(
      'failed',
      `${url} answered with bytes that are not ${visible(charset)}; it must declare the charset that it uses (Content-Type: application/json; charset=…)`,
    );
  }
}

/** The first characters of an answer: enough to recognize a login page or an error notice. */
async function beginning({ body }: Listing): Promise<string> {
  for await (const chunk of body.read(64)) {
    const start = new TextDecoder().decode(chunk).slice(0, 40);
    return JSON.stringify(visible(start));
  }
  return 'nothing (it is empty)';
}
