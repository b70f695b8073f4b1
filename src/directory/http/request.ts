import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { PassThrough, pipeline, Transform, type Duplex, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import axios, { type AxiosResponse } from 'axios';
import { count, visible } from '../../core/printable.ts';
import { proxyOf } from '../../core/proxy-address.ts';
import { nameOf, TransportError, type HttpSettings } from './settings.ts';
import { seconds, Watch } from './watch.ts';

/** A request: the form, and what may differ from the usual one. */
export interface Sent {
  /** With `cmd`. */
  fields: Record<string, string>;
  method?: 'POST' | 'GET';
  /** Which compression may be used. */
  encodings?: string;
}

/** An answer of the directory. */
export interface Reply {
  /** The media type and charset as the server declared them. */
  contentType: string;
  /** The compression as the server declared it; empty without one. */
  encoding: string;
  /** How the end of the body can be recognized. */
  framing: 'length' | 'chunked' | 'none';
  /** The length of the body in bytes as the server declared it; null for a compressed one. */
  size: number | null;
  /** When the server answered, by its own clock; null if it does not say. */
  date: Date | null;
  body: AsyncIterable<Buffer>;
  /** When the certificate of the server expires; null without TLS. */
  certificateExpiresAt: Date | null;
}

/** Sends a form to the directory, as `send` does. */
export const post = (
  settings: HttpSettings,
  fields: Record<string, string>,
  signal: AbortSignal,
): Promise<Reply> => send(settings, { fields }, signal);

/**
 * Sends a request to the directory and returns the body of a 200 answer as a stream, decompressed.
 *
 * The body throws if it is incomplete: the connection is cut, Content-Length is not reached, or the compressed data is
 * truncated. Redirects, caches and the environment are ignored; every limit is in the settings.
 *
 * @param signal aborts the request and the body
 * @throws TransportError, which never contains what was sent
 */
export async function send(settings: HttpSettings, sent: Sent, signal: AbortSignal): Promise<Reply> {
  const watch = new Watch(settings, signal);
  try {
    const response = await request(settings, sent, watch.signal);
    watch.heard();
    checkStatus(nameOf(settings.url), response);
    const { headers, data } = response;
    const certificateExpiresAt = expiryOf(data);
    const encoding = headerOf(headers['content-encoding']).trim().toLowerCase();
    const decoder = decoderFor(encoding, nameOf(settings.url));
    const listen = new Transform({
      transform: (chunk, _, done) => {
        watch.heard();
        done(null, chunk);
      },
    });
    const body = pipeline(data, listen, decoder, () => undefined);
    // A failure before the first read is kept in the stream until then; this keeps it from counting as unhandled.
    body.on('error', () => undefined);
    const length = Number(headerOf(headers['content-length']) || NaN);
    const isPlain = decoder instanceof PassThrough && !Number.isNaN(length);
    return {
      contentType: headerOf(headers['content-type']),
      encoding: encoding === 'identity' ? '' : encoding,
      framing: /chunked/i.test(headerOf(headers['transfer-encoding']))
        ? 'chunked'
        : Number.isNaN(length)
          ? 'none'
          : 'length',
      size: isPlain ? length : null,
      date: dateOf(headerOf(headers['date'])),
      body: receive(settings, body, watch),
      certificateExpiresAt,
    };
  } catch (error) {
    watch.stop();
    throw watch.failure(error);
  }
}

/** Read before the body, because the connection is gone after it. */
function expiryOf(data: Readable): Date | null {
  const { socket } = data as Readable & { socket?: unknown };
  if (!(socket instanceof TLSSocket)) return null;
  const expiry = new Date(socket.getPeerCertificate().valid_to);
  return Number.isNaN(expiry.getTime()) ? null : expiry;
}

const dateOf = (text: string) => (Number.isNaN(Date.parse(text)) ? null : new Date(text));

const headerOf = (value: unknown) => (typeof value === 'string' ? value : '');

async function request(
  settings: HttpSettings,
  { fields, method = 'POST', encodings = 'gzip, deflate, br' }: Sent,
  signal: AbortSignal,
) {
  const { url, authentication, parameters, timeouts, proxy } = settings;
  const target =
    method === 'POST'
      ? { url, data: new URLSearchParams({ ...parameters, ...fields }).toString() }
      : // The other parameters may be keys, and logs keep URLs.
        { url, params: new URLSearchParams(fields) };
  return axios.request<Readable>({
    ...target,
    method,
    headers: {
      ...(method === 'POST' && { 'Content-Type': 'application/x-www-form-urlencoded' }),
      Accept: 'application/json, text/json;q=0.9, */*;q=0.5',
      'Accept-Encoding': encodings,
      'User-Agent': 'rollcall',
      ...settings.headers,
      ...(authentication !== null &&
        'token' in authentication && { Authorization: `Bearer ${authentication.token}` }),
    },
    ...(authentication !== null &&
      'userName' in authentication && {
        auth: { username: authentication.userName, password: authentication.password },
      }),
    responseType: 'stream',
    // Decompressed below, because axios accepts a truncated compressed body as complete.
    decompress: false,
    // A redirect would send the form, which may contain a user's password, to another server.
    maxRedirects: 0,
    maxBodyLength: Infinity,
    validateStatus: () => true,
    // Never from the environment: all passwords would go through that proxy, even for loopback.
    proxy: proxy === null ? false : proxyOf(proxy),
    httpAgent: withConnectTimeout(new HttpAgent({ keepAlive: false }), timeouts.connect),
    httpsAgent: withConnectTimeout(
      new HttpsAgent({ keepAlive: false, ...secureOptions(settings) }),
      timeouts.connect,
    ),
    signal,
  });
}

/** How TLS is spoken with the directory, as Node has it. */
export const secureOptions = ({ tls }: Pick<HttpSettings, 'tls'>) => ({
  rejectUnauthorized: !tls.ignoreWarnings,
  ...(tls.ca === null ? {} : { ca: tls.ca }),
  ...tls.client,
});

type Connect = (options: object, callback?: (error: Error | null, socket: Socket) => void) => Socket;

/** Node has no separate timeout for connecting (including the TLS handshake). */
function withConnectTimeout<A extends HttpAgent>(agent: A, ms: number): A {
  const connectable = agent as unknown as { createConnection: Connect };
  const connect = connectable.createConnection.bind(agent);
  connectable.createConnection = (options, callback) => {
    const socket = connect(options, callback);
    const timer = setTimeout(() => {
      socket.destroy(
        Object.assign(new Error(`no connection within ${seconds(ms)}`), { code: 'ECONNTIMEOUT' }),
      );
    }, ms);
    socket.once(agent instanceof HttpsAgent ? 'secureConnect' : 'connect', () => clearTimeout(timer));
    socket.once('close', () => clearTimeout(timer));
    return socket;
  };
  return agent;
}

function checkStatus(url: string, response: AxiosResponse<Readable>): void {
  const { status, headers } = response;
  if (status === 200) return;
  response.data.destroy();
  const hints: Record<number, string> = {
    401: '; check directory.authentication',
    403: '; the service account lacks permission',
    404: '; check directory.url',
    407: '; the proxy requires authentication, which is not supported',
  };
  const hint =
    status >= 300 && status < 400 && status !== 304
      ? `, a redirect to ${visible(placeOf(headerOf(headers['location']), url))}; redirects are not followed: set directory.url to the final address`
      : (hints[status] ?? '');
  throw new TransportError(
    `${url} answered ${status}${hint || '; it must answer 200'}`,
    [429, 502, 503, 504].includes(status),
    status,
  );
}

/** The target of a redirect, without the query, which may repeat the secrets of the request. */
function placeOf(location: string, url: string): string {
  return location !== '' && URL.canParse(location, url) ? nameOf(new URL(location, url).href) : 'nowhere';
}

async function* receive(settings: HttpSettings, body: Readable, watch: Watch): AsyncGenerator<Buffer> {
  try {
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > settings.maxSize) {
        throw new TransportError(
          `${nameOf(settings.url)} sent more than ${count(settings.maxSize, 'byte')}; raise directory.maxSize if the directory is that large`,
        );
      }
      yield chunk;
    }
  } catch (error) {
    throw watch.failure(error);
  } finally {
    watch.stop();
    body.destroy();
  }
}

function decoderFor(name: string, url: string): Duplex {
  if (name === '' || name === 'identity') return new PassThrough();
  if (name === 'gzip' || name === 'x-gzip') return createGunzip();
  if (name === 'br') return createBrotliDecompress();
  if (name === 'deflate') return createInflate();
  throw new TransportError(`${url} used an encoding that was not requested: ${visible(name)}`);
}
