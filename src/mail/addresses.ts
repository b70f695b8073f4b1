import PostalMime, { addressParser } from 'postal-mime';
import { addressKeysOf } from '../core/names.ts';

/** The headers whose addresses decide which archives a message belongs to. */
const deciding = new Set([
  ...['from', 'sender', 'to', 'cc', 'bcc', 'delivered-to', 'x-envelope-from', 'x-envelope-to'],
  ...['resent-from', 'resent-sender', 'resent-to', 'resent-cc', 'resent-bcc'],
]);

/** Bounds the work for a malicious message; addresses beyond this are ignored. */
const mostAddresses = 10_000;

/**
 * The addresses of the sender and the recipients, as keys without duplicates.
 *
 * @param raw a whole message; only its header is read
 * @throws Error when the header cannot be parsed
 */
export async function addressesOf(raw: Uint8Array): Promise<string[]> {
  const { headers } = await PostalMime.parse(headerOf(raw));
  if (headers.length === 0) throw new Error('it has no header');
  const keys = headers
    .filter(({ key }) => deciding.has(key))
    .flatMap(({ value }) => addressParser(value, { flatten: true }))
    .map(({ address = '' }) => addressKeyOf(address))
    // A string with a NUL is not an address, and Postgres cannot store it.
    .filter((key) => key !== '' && !key.includes('\0') && key.isWellFormed());
  return [...new Set(keys)].slice(0, mostAddresses);
}

/** The first key of an address; users are stored with all keys, so one is enough to find them. */
export const addressKeyOf = (address: string) => addressKeysOf(address.trim())[0] ?? '';

/** Everything up to the first empty line. */
function headerOf(raw: Uint8Array): Uint8Array {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const ends = ['\n\n', '\n\r\n'].map((end) => bytes.indexOf(end)).filter((end) => end >= 0);
  return ends.length === 0 ? bytes : bytes.subarray(0, Math.min(...ends) + 1);
}
