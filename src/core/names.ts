/**
 * The key under which a name or an address is compared, everywhere and on every store.
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

/** The archive of mail that matches nobody; no user can have its name. */
export const catchAll = '@catchall';
