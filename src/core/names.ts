import { domainToASCII, domainToUnicode } from 'node:url';

/**
 * The key that names are compared by, in the program and in both stores.
 *
 * It is NFC-normalized and in lower case, and treats both forms of the small sigma as one. Full case folding would make
 * `strauß` and `strauss`, or `ı` and `i`, the same person.
 */
export function keyOf(text: string): string {
  // Fast path: for ASCII, the steps below only change the case.
  if (isAscii(text)) return text.toLowerCase();
  return text.normalize('NFC').toLowerCase().replaceAll('ς', 'σ').normalize('NFC');
}

const ascii = /^[\0-\x7f]*$/;
const isAscii = (text: string) => ascii.test(text);

/**
 * The keys that an address is found by: one, or two for an internationalized domain, which has two spellings.
 * `x@bücher.example` and `x@xn--bcher-kva.example` have the same two keys.
 */
export function addressKeysOf(address: string): string[] {
  // Fast path: nearly every address is its own key.
  if (plainKey.test(address) && !address.includes('xn--')) return [address];
  const key = keyOf(address);
  const domain = domainOf(key);
  if (domain === null || !isInternational(domain)) return [key];
  const unicode = keyOf(domainToUnicode(domain));
  const ascii = domainToASCII(unicode);
  // Node does not accept it as a domain, so there is no other spelling.
  if (unicode === '' || ascii === '') return [key];
  const local = key.slice(0, -domain.length);
  // In a fixed order, whichever spelling was given.
  return [...new Set([ascii, unicode])].map((spelling) => local + spelling);
}

/** The keys that a user with these addresses is found by, without duplicates. */
export const keysOf = (addresses: readonly string[]): string[] => [
  ...new Set(addresses.flatMap(addressKeysOf)),
];

const plainKey = /^[a-z0-9._+-]+@[a-z0-9.-]+$/;

/** Letters, digits and hyphens only, because Node reads a domain as the host of a URL. */
const isInternational = (domain: string) =>
  (!isAscii(domain) || /(?:^|\.)xn--/.test(domain)) && /^[\p{L}\p{M}\p{N}.-]+$/u.test(domain);

/** The part after the last `@`; null when there is no `@`. */
export function domainOf(address: string): string | null {
  const at = address.lastIndexOf('@');
  return at < 0 ? null : address.slice(at + 1);
}

/** The part before the last `@`; the whole string when there is no `@`. */
export function localOf(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 0 ? address : address.slice(0, at);
}

/** Whether a string is one address and nothing else: no `SMTP:` prefix, no display name, no list, no trailing dot. */
export const isPlainAddress = (text: string) =>
  /^[^\s@"<>()[\]:;,\\]+@[^\s@"<>()[\]:;,\\]+$/u.test(text) && !text.endsWith('.');

/** The archive for mail that matches no user. No user can have this name. */
export const catchAll = '@catchall';
