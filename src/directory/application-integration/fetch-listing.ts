import pRetry from 'p-retry';
import { Spool } from '../../files/spool.ts';
import type { FetchEvents } from '../directory.ts';
import { post } from '../http/request.ts';
import { nameOf, secretsIn, TransportError, type HttpSettings } from '../http/settings.ts';
import type { Arrived } from '../listing/arrived.ts';

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
  let arrived: Arrived | null = null;
  try {
    return await pRetry(async () => (arrived = await fetchOnce(settings, signal, events)), {
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
  } catch (error) {
    // It may have been interrupted just after the listing had arrived.
    await (arrived as Arrived | null)?.body.close();
    throw error;
  }
}

async function fetchOnce(settings: HttpSettings, signal: AbortSignal, events: FetchEvents): Promise<Arrived> {
  const { contentType, size, date, body, certificateExpiresAt } = await post(
    settings,
    { cmd: 'list' },
    signal,
  );
  events.answered?.(date);
  if (certificateExpiresAt !== null) events.certificate?.(certificateExpiresAt);
  const spool = await Spool.create();
  try {
    for await (const chunk of body) {
      await spool.write(chunk);
      events.received?.(spool.size, size);
    }
    await spool.flush();
    return { contentType, body: spool, name: nameOf(settings.url), secrets: secretsIn(settings) };
  } catch (error) {
    await spool.close();
    throw error;
  }
}
