import PostalMime, { addressParser } from 'postal-mime';
import { addressKeysOf } from '../core/names.ts';

/** The headers whose addresses decide in which archives a message belongs. */
const deciding = new Set([
  ...['from', 'sender', 'to', 'cc', 'bcc', 'delivered-to', 'x-envelope-from', 'x-envelope-to'],
  ...['resent-from', 'resent-sender', 'resent-to', 'resent-cc', 'resent-bcc'],
]);

/** Nobody has this many; whoever is listed behind them is not found. */
const mostAddresses = 10_000;

/**
 * The addresses of the sender and the recipients, as keys, each once.
 *
 * @param raw a whole message, of which only the header is read
 * @throws Error when the header cannot be parsed
 */
export async function addressesOf(raw: Uint8Array): Promise<string[]> {
  const { headers } = await PostalMime.parse(headerOf(raw));
  if (headers.length === 0) throw new Error('it has no header');
  const keys = headers
    .filter(({ key }) => deciding.has(key))
    .flatMap(({ value }) => addressParser(value, { flatten: true }))
    .map(({ address = '' }) => addressKeyOf(address))
    // What holds a NUL is no address, and no text for Postgres.
    .filter((key) => key !== '' && !key.includes('\0') && key.isWellFormed());
  return [...new Set(keys)].slice(0, mostAddresses);
}

/** One key is enough to find a user who has all of them. */
export const addressKeyOf = (address: string) => addressKeysOf(address.trim())[0] ?? '';

/** All up to the first empty line. */
function headerOf(raw: Uint8Array): Uint8Array {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const ends = ['\n\n', '\n\r\n'].map((end) => bytes.indexOf(end)).filter((end) => end >= 0);
  return ends.length === 0 ? bytes : bytes.subarray(0, Math.min(...ends) + 1);
}
