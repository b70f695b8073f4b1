import { isAscii } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { RollcallError } from '../../core/errors.ts';
import { count, safeJson, visible } from '../../core/printable.ts';
import type { Spool } from '../../files/spool.ts';
import { readElements } from './elements.ts';

/** A listing that has arrived completely, in a temporary file. */
export interface Arrived {
  /** The media type and charset as the directory declared them. */
  contentType: string;
  body: Spool;
  /** Of the directory, in messages. */
  name: string;
  /** What was sent and must not be told: an answer may repeat its request. */
  secrets: readonly string[];
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
    for await (const elements of readElements(decodeListing(listing))) {
      read += elements.length;
      yield elements;
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const start = await beginning(listing);
    const after = read > 0 ? ` (after ${count(read, 'entry', 'entries')})` : '';
    const brief = `${listing.name} did not answer with a complete JSON array: ${error.message}${after}`;
    throw new RollcallError('failed', `${brief}; the answer ${start}`, false, brief);
  }
}

/** The charset that a media type declares. */
export const charsetOf = (contentType: string) =>
  /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1] ?? null;

/**
 * The text of a listing.
 *
 * @throws RollcallError when its bytes are not what is declared, at the latest at its end
 */
export async function* decodeListing({ contentType, body, name }: Arrived): AsyncGenerator<string> {
  const charset = charsetOf(contentType) ?? 'utf-8';
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(charset, { fatal: true });
  } catch {
    throw new RollcallError('failed', `${name} declares an unknown charset: ${visible(charset)}`);
  }
  const doubt = decoder.encoding === 'utf-8' ? null : new Utf8Detector(decoder.encoding);
  try {
    for await (const chunk of body.read()) {
      doubt?.take(chunk);
      yield decoder.decode(chunk, { stream: true });
    }
    yield decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new RollcallError(
      'failed',
      `${name} answered with bytes that are not ${visible(charset)}; it must declare its charset (Content-Type: application/json; charset=…)`,
    );
  }
  // ISO-8859-1 has a character for every byte, so that every UTF-8 name would be read as another name.
  if (doubt?.isUtf8 === true) {
    throw new RollcallError(
      'failed',
      `${name} declares ${visible(charset)}, but its bytes are UTF-8; it must declare its charset (Content-Type: application/json; charset=utf-8)`,
    );
  }
}

/** Sequences of UTF-8 with more than one byte. */
const sequences = /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}/g;

/**
 * Tells whether bytes are UTF-8, whatever is declared. In text of a charset with one byte for each character, hardly any
 * letters stand beside each other that look like it; where a character has several bytes, a few may.
 */
class Utf8Detector {
  readonly #fewest: number;
  #found = 0;
  #strays = 0;
  /** The end of the last chunk, which may be the beginning of a sequence. */
  #rest = '';

  constructor(encoding: string) {
    this.#fewest = /^(gb|big5|euc|shift|iso-2022|utf-16)/.test(encoding) ? 16 : 1;
  }

  take(chunk: Buffer): void {
    if (this.#rest === '' && isAscii(chunk)) return;
    const text = this.#rest + chunk.toString('latin1');
    this.#rest = /[\xc2-\xf4][\x80-\xbf]{0,2}$/.exec(text)?.[0] ?? '';
    this.#count(text.slice(0, text.length - this.#rest.length));
  }

  get isUtf8(): boolean {
    this.#count(this.#rest);
    this.#rest = '';
    return this.#found >= this.#fewest && this.#found > this.#strays;
  }

  #count(text: string): void {
    const others = text.replace(sequences, () => {
      this.#found += 1;
      return '';
    });
    this.#strays += others.match(/[\x80-\xff]/g)?.length ?? 0;
  }
}

/** How an answer begins: enough to recognize a login page or an error notice. */
async function beginning({ body, secrets }: Arrived): Promise<string> {
  for await (const chunk of body.read(16 * 1024)) {
    const text = new TextDecoder().decode(chunk);
    const start = secrets.reduce((shown, secret) => shown.replaceAll(secret, '********'), text).slice(0, 40);
    return `begins with ${safeJson(start)}`;
  }
  return 'is empty';
}
