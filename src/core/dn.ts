import { keyOf } from './names.ts';

/**
 * Distinguished names (RFC 4514), for comparison only. It is here because the npm packages for it are retired or
 * unmaintained.
 */

/** One `type=value` of a relative name, normalized for comparison. */
interface Attribute {
  type: string;
  value: string;
}

/** The relative names of a DN, most specific first; the parts of each are sorted. */
export type DistinguishedName = readonly (readonly Attribute[])[];

/**
 * Reads a DN such as `UID=john.doe, DC=example,DC=com`.
 *
 * Case is ignored in attribute types and values, as are spaces around `=`, `,` and `+`; runs of spaces count as one.
 * Escapes (`\,` and `\2C`) and RFC 1779 quotes are undone. The order of the parts in `CN=a+UID=b` does not matter.
 *
 * @returns the relative names, or null when the string is not a DN
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

/** The key that DNs are compared by, and that is stored. A string that is not a DN is compared like a name. */
export function dnKeyOf(text: string): string {
  // Fast path: nearly every DN is plain, and its key is just the DN in lower case.
  if (plainDn.test(text)) return text.toLowerCase();
  return parseDn(text)?.map(nameKeyOf).join(',') ?? keyOf(text);
}

const plainDn =
  /^[A-Za-z][A-Za-z0-9-]*=[\w.@-]+(?: [\w.@-]+)*(?:,[A-Za-z][A-Za-z0-9-]*=[\w.@-]+(?: [\w.@-]+)*)*$/;

/** The value of a DN that identifies the person: `john.doe` in `UID=john.doe,DC=example`. */
export function firstValueOf(text: string): string {
  return parseDn(text)?.[0]?.[0]?.value ?? valueKeyOf(text);
}

/** The key that values of DNs are compared by, as well as names that may repeat one. */
export const valueKeyOf = (text: string) => keyOf(text.replace(/ +/g, ' '));

/** Whether `name` is the branch itself or below it in the tree. */
export function isUnder(name: DistinguishedName, branch: DistinguishedName): boolean {
  const above = name.length - branch.length;
  return above >= 0 && branch.every((part, i) => nameKeyOf(part) === nameKeyOf(name[above + i] ?? []));
}

const nameKeyOf = (parts: readonly Attribute[]) => parts.map(written).join('+');

/** A value may contain any character, so the separators are escaped. */
const written = ({ type, value }: Attribute) => `${type}=${value.replace(/[\\,+]/g, '\\$&')}`;

// type = value, then what separates it from the next: type is a descriptor or an OID; a value is quoted or plain.
const attribute =
  /^\s*([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*)\s*=\s*(?:"((?:[^"\\]|\\[^])*)"\s*|((?:[^,;+"\\]|\\[^])*))([,;+]|$)/;

/** Removes the spaces around a plain value, but not an escaped one at its end. */
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
