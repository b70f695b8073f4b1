import { RollcallError } from '../../core/errors.ts';

/** HTTP Basic, or a token. */
export type Authentication = { userName: string; password: string } | { token: string };

/** How to reach the directory. Times in milliseconds, sizes in bytes. */
export interface HttpSettings {
  url: string;
  authentication: Authentication | null;
  /** More header fields of every request. */
  headers: Record<string, string>;
  /** More form fields of every request. */
  parameters: Record<string, string>;
  /** All in PEM. `ca`: certificates to trust instead of the built-in ones; `client`: who rollcall is. */
  tls: { ca: string | null; client: { cert: string; key: string } | null; ignoreWarnings: boolean };
  timeouts: { connect: number; idle: number; total: number };
  retries: number;
  /** The maximum size of an answer after decompression. */
  maxSize: number;
  proxy: string | null;
}

/** The name of the directory in messages: its URL without the query, which may contain a key. */
export function nameOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** Anything shorter is part of too many words, and no secret. */
const shortest = 4;

/** All values of every request that may be secrets, as they are and as they travel; the longest first. */
export function secretsIn({ url, authentication, headers, parameters }: HttpSettings): string[] {
  const { search, searchParams } = new URL(url);
  const form = [...searchParams.values(), ...Object.values(parameters)];
  const credentials =
    authentication === null
      ? []
      : 'token' in authentication
        ? [authentication.token]
        : [authentication.password, basic(authentication)];
  return [
    ...[search, ...credentials, ...Object.values(headers)],
    ...form.flatMap((value) => [
      value,
      encodeURIComponent(value),
      new URLSearchParams({ '': value }).toString().slice(1),
    ]),
  ]
    .filter((secret) => secret.length >= shortest)
    .sort((a, b) => b.length - a.length);
}

const basic = ({ userName, password }: { userName: string; password: string }) =>
  Buffer.from(`${userName}:${password}`).toString('base64');

/** A failure to get an answer. `passing` means that the same request may succeed later. */
export class TransportError extends RollcallError {
  readonly passing: boolean;
  /** Of an answer that is not 200; null when there was none. */
  readonly status: number | null;

  constructor(message: string, passing = false, status: number | null = null) {
    super('failed', message);
    this.passing = passing;
    this.status = status;
  }
}
