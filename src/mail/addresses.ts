import { addressParser } from 'postal-mime';
import { addressKeysOf } from '../core/names.ts';
import { largestHeader, megabytes } from './bounds.ts';
import { deciding, fieldsOf, splitMessage } from './header.ts';

/**
 * The addresses of the sender and the recipients, as keys without duplicates.
 *
 * @param header of a message, as `splitMessage` returns it
 */
export function addressesOf(header: Buffer): string[] {
  const keys = fieldsOf(header)
    .filter(({ name }) => deciding.has(name))
    .flatMap(({ value }) => addressKeysIn(value));
  return [...new Set(keys)];
}

export const headerTooLarge = `its header is larger than ${megabytes(largestHeader)}`;

/** The addresses of a whole message; null when its header is too large: what is behind might name more archives. */
export function addressesOfMessage(parts: readonly Buffer[]): string[] | null {
  let start: Buffer = Buffer.alloc(0);
  for (const part of parts) {
    start = start.length === 0 ? part : Buffer.concat([start, part]);
    const { header, isWhole } = splitMessage(start);
    if (header.length > largestHeader) return null;
    if (isWhole) return addressesOf(header);
  }
  return addressesOf(splitMessage(start).header);
}

/** For groups in groups, the parser takes quadratic time; nobody's mail has as many. */
const mostGroups = 10_000;

/** The keys of the addresses in a text such as `John Doe <john@x>, Team: a@x, b@x;`, as mail programs read it. */
export const addressKeysIn = (text: string): string[] =>
  // The parser drops control characters, and would find an address where there is none.
  piecesOf(parsable(text.replace(/[\0-\x08\x0a-\x1f\x7f]/g, '\ufffd'))).flatMap((piece) =>
    addressParser(piece, { flatten: true })
      .map(({ address = '' }) => bare(address))
      .filter((address) => address !== '' && address.isWellFormed())
      .map(addressKeyOf),
  );

/** In characters. The parser takes 40 bytes for each, so that it gets longer texts in pieces where each comma separates. */
const longest = 64 * 1024;

function piecesOf(text: string): string[] {
  if (text.length <= longest || /["()\\:;]/.test(text)) return [text];
  const pieces: string[] = [];
  for (let from = 0; from < text.length;) {
    const comma = text.indexOf(',', from + longest);
    const end = comma < 0 ? text.length : comma + 1;
    pieces.push(text.slice(from, end));
    from = end;
  }
  return pieces;
}

const parsable = (text: string) =>
  text.split(':', mostGroups + 1).length > mostGroups ? text.replaceAll(':', ' ') : text;

/** The first key of an address; users are stored with all keys, so one is enough to find them. */
const addressKeyOf = (address: string) => addressKeysOf(address)[0] ?? address;

/** Without what may stand around an address: a route, a scheme, quotes, blanks, the dot of a whole domain name. */
function bare(address: string): string {
  const text = address
    .trim()
    .replace(/^@[^:]*:/, '')
    .replace(/^mailto:/i, '')
    .replace(/^'(.*)'$/, '$1');
  const at = text.lastIndexOf('@');
  if (at < 0) return text;
  const domain = text.slice(at + 1).trimStart();
  return `${text.slice(0, at).trimEnd()}@${/[^.]\.$/.test(domain) ? domain.slice(0, -1) : domain}`;
}
