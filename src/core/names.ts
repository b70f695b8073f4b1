import { domainToASCII, domainToUnicode } from 'node:url';

/**
 * The key under which a name is compared, everywhere and on every store.
 *
 * Unicode-normalized (NFC) and lower case, with both forms of the small sigma as one. Not the full case
 * folding: that would make `strauß` and `strauss`, or `ı` and `i`, one person.
 */
export function keyOf(text: string): string {
  // Nearly every name is plain ASCII, where all of the below is just lower case.
  if (isAscii(text)) return text.toLowerCase();
  return text.normalize('NFC').toLowerCase().replaceAll('ς', 'σ').normalize('NFC');
}

const ascii = /^[\0-\x7f]*$/;
const isAscii = (text: string) => ascii.test(text);

/**
 * The keys under which an address is found: its own, and, where its domain is internationalized, that of the other
 * spelling. `x@bücher.example` and `x@xn--bcher-kva.example` have the same two.
 */
export function addressKeysOf(address: string): string[] {
  const key = keyOf(address);
  const domain = domainOf(key);
  if (domain === null || !isInternational(domain)) return [key];
  const unicode = keyOf(domainToUnicode(domain));
  const ascii = domainToASCII(unicode);
  // What Node takes for no domain has just the one spelling.
  if (unicode === '' || ascii === '') return [key];
  const local = key.slice(0, -domain.length);
  // In one order, whichever spelling was given.
  return [...new Set([ascii, unicode])].map((spelling) => local + spelling);
}

/** Letters, digits and hyphens only, because Node reads a domain as the host of a URL. */
const isInternational = (domain: string) =>
  /^[\p{L}\p{M}\p{N}.-]+$/u.test(domain) && (!isAscii(domain) || /(?:^|\.)xn--/.test(domain));

/** What stands behind the last `@`; null when there is none. */
export function domainOf(address: string): string | null {
  const at = address.lastIndexOf('@');
  return at < 0 ? null : address.slice(at + 1);
}

/** What stands before the last `@`; all of it when there is none. */
export function localOf(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 0 ? address : address.slice(0, at);
}

/** Whether it is an address and nothing else: no `SMTP:` before it, no name around it, no second one, no last dot. */
export const isPlainAddress = (text: string) =>
  /^[^\s@"<>()[\]:;,\\]+@[^\s@"<>()[\]:;,\\]+$/u.test(text) && !text.endsWith('.');

/** The archive of mail that matches nobody; no user can have its name. */
export const catchAll = '@catchall';
