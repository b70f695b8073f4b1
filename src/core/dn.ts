import { keyOf } from './names.ts';

/**
 * Distinguished names as RFC 4514 writes them, for comparison only. (The npm packages for this are retired or
 * unmaintained, which is why it is here.)
 */

/** The relative names of a DN, most specific first, each in one canonical spelling. */
export type DistinguishedName = readonly string[];

/**
 * Reads a DN such as `UID=john.doe, DC=example,DC=com`.
 *
 * Attribute types and values are compared without regard to case; spaces around `=`, `,`, `+` and within runs do
 * not count; escapes (`\,` and `\2C`) and RFC 1779 quotes are undone; the parts of `CN=a+UID=b` have no order.
 *
 * @returns the canonical relative names, or null when the text is not a DN
 */
export function parseDn(text: string): DistinguishedName | null {
  const names: string[] = [];
  let parts: string[] = [];
  let rest = text.trim();
  if (rest === '') return null;
  for (;;) {
    const part = attribute.exec(rest);
    if (!part) return null;
    const [whole, type = '', quoted, plain = '', separator] = part;
    const value = unescape(quoted ?? trimPlain(plain));
    if (value === null) return null;
    // A value may hold any character, so the pieces are joined as JSON, where no two values look alike.
    parts.push(JSON.stringify([type.toLowerCase(), keyOf(value.replace(/ +/g, ' '))]));
    if (separator !== '+') {
      names.push(parts.sort().join('+'));
      parts = [];
    }
    rest = rest.slice(whole.length);
    if (separator === undefined || separator === '') return rest === '' ? names : null;
  }
}

/** The key under which a DN is compared; text that is no DN is compared as it stands. */
export function dnKeyOf(text: string): string {
  return parseDn(text)?.join(',') ?? keyOf(text);
}

/** Whether `name` is the branch itself or stands below it in the tree. */
export function isUnder(name: DistinguishedName, branch: DistinguishedName): boolean {
  const above = name.length - branch.length;
  return above >= 0 && branch.every((part, i) => part === name[above + i]);
}

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
