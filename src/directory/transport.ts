import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { PassThrough, pipeline, Transform, type Duplex, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import axios, { isAxiosError, type AxiosResponse } from 'axios';
import { messageOf, RollcallError } from '../core/errors.ts';
import { count, visible } from '../core/text.ts';

/** How to reach the directory. Times in milliseconds, sizes in bytes. */
export interface DirectorySettings {
  url: string;
  authentication: { userName: string; password: string } | null;
  /** `ca`: PEM certificates to trust instead of the built-in ones. */
  tls: { ca: string | null; ignoreWarnings: boolean };
  timeouts: { connect: number; idle: number; total: number };
  retries: number;
  /** Of an answer, after decompression. */
  maxSize: number;
  proxy: string | null;
}

/** What to call the directory: its URL without the query, where a key may stand. */
export function nameOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** A failure to get an answer; `passing` says that the same request may succeed a little later. */
export class TransportError extends RollcallError {
  readonly passing: boolean;

  constructor(message: string, passing = false) {
    super('failed', message);
    this.passing = passing;
  }
}

export interface Answer {
  /** The media type and charset as the server declared them. */
  contentType: string;
  body: AsyncIterable<Buffer>;
}

/**
 * Sends one form to the directory and hands over the body of a 200 answer, decompressed, as it arrives.
 *
 * The body throws when it does not arrive whole: connection cut, Content-Length not met, compression without its
 * end. Nothing is followed, cached or taken from the environment; every limit is one of the settings.
 *
 * @param fields the form, with `cmd`
 * @param signal aborts the request and the body
 * @throws TransportError, which never holds what was sent
 */
export async function post(
  settings: DirectorySettings,
  fields: Record<string, string>,
  signal: AbortSignal,
): Promise<Answer> {
  const watch = new Watch(settings, signal);
  try {
    const response = await request(settings, fields, watch.signal);
    watch.heard();
    checkStatus(nameOf(settings.url), response);
    const { headers, data } = response;
    const decoder = decoderFor(headerOf(headers['content-encoding']), nameOf(settings.url));
    const listen = new Transform({
      transform: (chunk, _, done) => {
        watch.heard();
        done(null, chunk);
      },
    });
    const body = pipeline(data, listen, decoder, () => undefined);
    // A failure before the first read waits in the stream until then.
    body.on('error', () => undefined);
    return { contentType: headerOf(headers['content-type']), body: receive(settings, body, watch) };
  } catch (error) {
    watch.stop();
    throw watch.failure(error);
  }
}

const headerOf = (value: unknown) => (typeof value === 'string' ? value : '');

async function request(settings: DirectorySettings, fields: Record<string, string>, signal: AbortSignal) {
  const { url, authentication, tls, timeouts, proxy } = settings;
  const secure = {
    rejectUnauthorized: !tls.ignoreWarnings,
    ...(tls.ca === null ? {} : { ca: tls.ca }),
  };
  return axios.post<Readable>(url, new URLSearchParams(fields).toString(), {
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Accept: 'application/json, text/json;q=0.9, */*;q=0.5',
      'Accept-Encoding': 'gzip, deflate, br',
      'User-Agent': 'rollcall',
    },
    ...(authentication && {
      auth: { username: authentication.userName, password: authentication.password },
    }),
    responseType: 'stream',
    // Decompressed here, because axios takes a compressed body without its end for a whole one.
    decompress: false,
    // A redirect would carry the form, with a user's password in it, to whoever it names.
    maxRedirects: 0,
    maxBodyLength: Infinity,
    validateStatus: () => true,
    // Never from the environment: Basic and user passwords would go through it, even for loopback.
    proxy: proxy === null ? false : proxyOf(proxy),
    httpAgent: withConnectTimeout(new HttpAgent({ keepAlive: false }), timeouts.connect),
    httpsAgent: withConnectTimeout(new HttpsAgent({ keepAlive: false, ...secure }), timeouts.connect),
    signal,
  });
}

function proxyOf(text: string) {
  const { protocol, hostname, port } = new URL(text);
  return { protocol, host: hostname, port: Number(port || (protocol === 'https:' ? 443 : 80)) };
}

type Connect = (options: object, callback?: (error: Error | null, socket: Socket) => void) => Socket;

/** Node has no time limit for connecting (and shaking hands over TLS) alone. */
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
    403: '; the service account may not do this',
    404: '; check directory.url',
    407: '; the proxy asks for a password, which is not supported',
  };
  const hint =
    status >= 300 && status < 400 && status !== 304
      ? `, a redirect to ${visible(placeOf(headerOf(headers['location']), url))}; redirects are not followed: set directory.url to the final address`
      : (hints[status] ?? '');
  throw new TransportError(
    `${url} answered ${status}${hint || '; only 200 is an answer'}`,
    [429, 502, 503, 504].includes(status),
  );
}

/** Where a redirect leads, without the query, which may repeat that of the request. */
function placeOf(location: string, url: string): string {
  return location !== '' && URL.canParse(location, url) ? nameOf(new URL(location, url).href) : 'nowhere';
}

async function* receive(settings: DirectorySettings, body: Readable, watch: Watch): AsyncGenerator<Buffer> {
  try {
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > settings.maxSize) {
        throw new TransportError(
          `${nameOf(settings.url)} sent more than ${count(settings.maxSize, 'byte')}; raise directory.maxSize if that is right`,
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

function decoderFor(encoding: string, url: string): Duplex {
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity') return new PassThrough();
  if (name === 'gzip' || name === 'x-gzip') return createGunzip();
  if (name === 'br') return createBrotliDecompress();
  if (name === 'deflate') return createInflate();
  throw new TransportError(`${url} sent an encoding that nobody asked for: ${visible(name)}`);
}

/** The time limits of one request, and the one place where its failures get their words. */
class Watch {
  readonly #abort = new AbortController();
  readonly #settings: DirectorySettings;
  readonly #outer: AbortSignal;
  readonly #total: NodeJS.Timeout;
  #idle: NodeJS.Timeout;
  readonly #interrupt = () => this.#abort.abort(this.#outer.reason);

  constructor(settings: DirectorySettings, outer: AbortSignal) {
    this.#settings = settings;
    this.#outer = outer;
    const { idle, total } = settings.timeouts;
    this.#total = setTimeout(
      () => this.#end(`no whole answer within ${seconds(total)} (timeouts.total)`),
      total,
    );
    this.#idle = setTimeout(() => this.#end(`nothing was heard for ${seconds(idle)} (timeouts.idle)`), idle);
    if (outer.aborted) this.#interrupt();
    else outer.addEventListener('abort', this.#interrupt, { once: true });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Something arrived: the idle limit starts again. */
  heard(): void {
    this.#idle.refresh();
  }

  stop(): void {
    clearTimeout(this.#total);
    clearTimeout(this.#idle);
    this.#outer.removeEventListener('abort', this.#interrupt);
  }

  /** What went wrong, in an error that holds neither the request nor its credentials. */
  failure(error: unknown): Error {
    const reason: unknown = this.#abort.signal.reason;
    if (reason instanceof RollcallError) return reason;
    if (error instanceof RollcallError) return error;
    const code = codeOf(error);
    const url = nameOf(this.#settings.url);
    const kind = this.#settings.proxy !== null && code === 'ECONNREFUSED' ? 'PROXY' : code;
    const explained = code.startsWith('ERR__ERROR_') ? damaged : explanations[kind];
    return new TransportError(
      `${url}: ${explained ?? visible(messageOf(error))}${code === '' || explained !== undefined ? '' : ` (${code})`}`,
      passing.has(code),
    );
  }

  #end(message: string): void {
    this.#abort.abort(new TransportError(`${nameOf(this.#settings.url)}: ${message}`));
  }
}

const seconds = (ms: number) => `${ms / 1000} s`;

function codeOf(error: unknown): string {
  const code =
    isAxiosError(error) || error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code ?? '';
}

const passing = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** Of gzip and deflate Z_DATA_ERROR, of brotli one of many codes that begin with ERR__ERROR_. */
const damaged = 'the compressed answer is damaged';

const explanations: Record<string, string> = {
  HPE_HEADER_OVERFLOW: 'the header of the answer is too long',
  HPE_UNEXPECTED_CONTENT_LENGTH: 'the answer contradicts itself about its length',
  HPE_INVALID_CONTENT_LENGTH: 'the answer contradicts itself about its length',
  HPE_INVALID_TRANSFER_ENCODING: 'the answer contradicts itself about its length',
  PROXY: 'the proxy refused the connection; check directory.proxy',
  ECONNREFUSED: 'the connection was refused; is the directory running there?',
  ECONNRESET: 'the connection was cut before the answer was whole',
  ECONNABORTED: 'the connection was cut before the answer was whole',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection was cut before the answer was whole',
  ENOTFOUND: 'the host is not known; check directory.url',
  EAI_AGAIN: 'the host could not be looked up',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'the certificate is self-signed; trust it with directory.tls.caFile (or tls.ignoreWarnings)',
  SELF_SIGNED_CERT_IN_CHAIN:
    'the certificate comes from a private authority; trust it with directory.tls.caFile (or tls.ignoreWarnings)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'the certificate comes from an unknown authority; trust it with directory.tls.caFile (or tls.ignoreWarnings)',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'the certificate comes from an unknown authority; trust it with directory.tls.caFile (or tls.ignoreWarnings)',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host; check directory.url',
  EPROTO: 'no TLS is spoken there; is it http:// rather than https://?',
  ERR_SSL_WRONG_VERSION_NUMBER: 'no TLS is spoken there; is it http:// rather than https://?',
  HPE_INVALID_CONSTANT: 'no HTTP is spoken there; is it https:// rather than http://?',
  Z_BUF_ERROR: 'the compressed answer ends early',
  Z_DATA_ERROR: damaged,
};
