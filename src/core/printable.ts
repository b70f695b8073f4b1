// Everything that a terminal might act on or hide: control, format (bidi, zero width, tags), surrogate, private,
// unassigned, and the line and paragraph separators.
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\\]/gu;

/**
 * Makes a string from outside safe for a terminal or one line of a log: unsafe characters become `\u{…}`, and
 * backslashes are doubled so that the result is unambiguous.
 */
export function visible(text: string): string {
  return text.replace(unsafe, (char) =>
    char === '\\' ? '\\\\' : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** Cuts a string to at most `most` characters, and marks the cut with `…`. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most).join('')}…`;
}

/** One line of JSON that parses to the same value and is safe on a terminal. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu,
    // JSON needs two escapes for a surrogate pair.
    (char) => [...Array(char.length).keys()].map((i) => `\\u${hex4(char.charCodeAt(i))}`).join(''),
  );
}

const hex4 = (unit: number) => unit.toString(16).padStart(4, '0');

/** A word quoted for a shell if needed; characters that a terminal might act on are escaped (for bash and zsh). */
export function shellWord(word: string): string {
  if (/^[\w.@/-]+$/.test(word)) return word;
  const isVisible = visible(word.replaceAll('\\', '')) === word.replaceAll('\\', '');
  if (isVisible) return `'${word.replaceAll("'", `'\\''`)}'`;
  const escaped = word.replace(/['\\]/g, '\\$&').replace(unsafe, (char) => {
    const code = (char.codePointAt(0) ?? 0).toString(16);
    return char === '\\'
      ? char
      : code.length > 4
        ? `\\U${code.padStart(8, '0')}`
        : `\\u${code.padStart(4, '0')}`;
  });
  return `$'${escaped}'`;
}

/** `1 user`, `12,000 users`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${grouped(n)} ${n === 1 ? one : many}`;
}

/** `12,000`. The first call of `toLocaleString` takes as long as reading the whole configuration. */
export const grouped = (n: number) => String(n).replace(/\B(?=(\d{3})+$)/g, ',');
