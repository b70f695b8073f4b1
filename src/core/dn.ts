import { keyOf } from './names.ts';

/**
 * Distinguished names as RFC 4514 writes them, for comparison only. (The npm packages for this are retired or
 * unmaintained, which is why it is here.)
 */

/** One `type=value` of a relative name, in the form in which it is compared. */
interface Attribute {
  type: string;
  value: string;
}

/** The relative names of a DN, most specific first; the parts of each are in one order. */
export type DistinguishedName = readonly (readonly Attribute[])[];

/**
 * Reads a DN such as `UID=john.doe, DC=example,DC=com`.
 *
 * Attribute types and values are compared without regard to case; spaces around `=`, `,`, `+` and runs of spaces do
 * not count; escapes (`\,` and `\2C`) and RFC 1779 quotes are undone; the parts of `CN=a+UID=b` have no order.
 *
 * @returns the relative names, or null when the text is not a DN
 */
export function parseDn(text: string): DistinguishedName | null {
  const names: Attribute[][] = [];
  let parts: Attribute[] = [];
  let rest = text;
  for (;;) {
    const part = attribute.exec(rest);
    if (!part) return null;
    const [whole, type = '', quoted, plain = '', separator] = part;
    const value = unescape(quoted ?? trimPlain(plain));
    if (value === null) return null;
    parts.push({ type: type.toLowerCase(), value: valueKeyOf(value) });
    if (separator !== '+') {
      names.push(parts.sort((a, b) => (written(a) < written(b) ? -1 : 1)));
      parts = [];
    }
    rest = rest.slice(whole.length);
    if (separator === undefined || separator === '') return rest === '' ? names : null;
  }
}

/** The key under which a DN is compared, and stored; text that is not a DN is compared as it stands. */
export function dnKeyOf(text: string): string {
  // Nearly every DN is plain, and then its key is the lower case of what is written.
  if (plainDn.test(text)) return text.toLowerCase();
  return parseDn(text)?.map(nameKeyOf).join(',') ?? keyOf(text);
}

const plainDn =
  /^[A-Za-z][A-Za-z0-9-]*=[\w.@-]+(?: [\w.@-]+)*(?:,[A-Za-z][A-Za-z0-9-]*=[\w.@-]+(?: [\w.@-]+)*)*$/;

/** The value of a DN that tells who it is: `john.doe` of `UID=john.doe,DC=example`. */
export function firstValueOf(text: string): string {
  return parseDn(text)?.[0]?.[0]?.value ?? valueKeyOf(text);
}

/** The form in which the value of a DN, or a text that may repeat one, is compared. */
export const valueKeyOf = (text: string) => keyOf(text.replace(/ +/g, ' '));

/** Whether `name` is the branch itself or stands below it in the tree. */
export function isUnder(name: DistinguishedName, branch: DistinguishedName): boolean {
  const above = name.length - branch.length;
  return above >= 0 && branch.every((part, i) => nameKeyOf(part) === nameKeyOf(name[above + i] ?? []));
}

const nameKeyOf = (parts: readonly Attribute[]) => parts.map(written).join('+');

/** A value may hold any character, so those that part the pieces are escaped. */
const written = ({ type, value }: Attribute) => `${type}=${value.replace(/[\\,+]/g, '\\$&')}`;

// type = value, then what separates it from the next: type is a descriptor or an OID; a value is quoted or plain.
const attribute =
  /^\s*([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*)\s*=\s*(?:"((?:[^"\\]|\\[^])*)"\s*|((?:[^,;+"\\]|\\[^])*))([,;+]|$)/;

/** Removes the spaces around a plain value, but not one that is escaped at its end. */
function trimPlain(value: string): string {
  return value.trimStart().replace(/((?:^|[^\\])(?:\\\\)*\\ )\s*$|\s+$/u, '$1');
}

/** Undoes `\,` and `\C3\A9`; null when the escaped bytes are not UTF-8. */
function unescape(value: string): string | null {
  if (!value.includes('\\')) return value;
  try {
    return value.replace(/(?:\\[0-9a-f]{2})+|\\([^])/giu, (bytes: string, char?: string) =>
      char === undefined ? utf8.decode(Buffer.from(bytes.replaceAll('\\', ''), 'hex')) : char,
    );
  } catch {
    return null;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
