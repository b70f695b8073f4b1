import { RollcallError } from '../../core/errors.ts';

/** How to reach the directory. Times in milliseconds, sizes in bytes. */
export interface HttpSettings {
  url: string;
  authentication: { userName: string; password: string } | null;
  /** `ca`: PEM certificates to trust instead of the built-in ones. */
  tls: { ca: string | null; ignoreWarnings: boolean };
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

/** A failure to get an answer. `passing` means that the same request may succeed later. */
export class TransportError extends RollcallError {
  readonly passing: boolean;

  constructor(message: string, passing = false) {
    super('failed', message);
    this.passing = passing;
  }
}
