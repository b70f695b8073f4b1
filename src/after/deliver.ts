import { Agent as HttpsAgent } from 'node:https';
import axios, { isAxiosError } from 'axios';
import pRetry from 'p-retry';
import { proxyOf } from '../core/proxy-address.ts';
import type { AfterSettings } from './after-settings.ts';

/** A request that tells somebody about a run. */
export interface Delivery {
  method: 'get' | 'post';
  url: string;
  headers: Record<string, string>;
  body?: string;
}

/** What may be over at the next attempt; a certificate that is not trusted is not. */
const passing = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED'],
  ...['EPIPE', 'ETIMEDOUT', 'EAI_AGAIN'],
]);

/** It was not delivered. The message names only the host: the rest of the URL is a secret. */
class DeliveryError extends Error {
  readonly passing: boolean;

  constructor(message: string, passing: boolean) {
    super(message);
    this.passing = passing;
  }
}

/**
 * Delivers a message, with retries after failures that may be temporary.
 *
 * @param timeout for all attempts together, in milliseconds
 * @throws Error whose message contains neither the URL nor a header
 */
export async function deliver(
  delivery: Delivery,
  connection: AfterSettings['connection'],
  timeout: number,
): Promise<void> {
  const { host } = new URL(delivery.url);
  const abort = new AbortController();
  let last: string | null = null;
  const end = () => abort.abort(new Error(last ?? `${host} did not answer within ${timeout / 1_000} s`));
  const timer = setTimeout(end, timeout);
  try {
    await pRetry(() => once(delivery, connection, abort.signal), {
      ...{ retries: 5, minTimeout: 500, randomize: true, signal: abort.signal },
      onFailedAttempt: ({ error }) => {
        last = error.message;
      },
      shouldRetry: ({ error }) => error instanceof DeliveryError && error.passing,
    });
  } catch (error) {
    throw abort.signal.aborted ? (abort.signal.reason as Error) : error;
  } finally {
    clearTimeout(timer);
  }
}

async function once(
  { method, url, headers, body }: Delivery,
  { ca, proxy }: AfterSettings['connection'],
  signal: AbortSignal,
): Promise<void> {
  const { host } = new URL(url);
  try {
    const { status, data } = await axios.request<{ destroy: () => void }>({
      ...{ method, url, data: body, signal, responseType: 'stream' },
      headers: { 'User-Agent': 'rollcall', ...headers },
      // A redirect would take the message to another server.
      maxRedirects: 0,
      validateStatus: () => true,
      proxy: proxy === null ? false : proxyOf(proxy),
      httpsAgent: new HttpsAgent({ keepAlive: false, ...(ca === null ? {} : { ca }) }),
    });
    data.destroy();
    if (status < 200 || status > 299)
      throw new DeliveryError(`${host} answered ${status}`, status === 429 || status >= 500);
  } catch (error) {
    if (!isAxiosError(error)) throw error;
    // Its message may contain the URL.
    const { code = 'unknown' } = error;
    throw new DeliveryError(`${host} cannot be reached (${code})`, passing.has(code));
  }
}
