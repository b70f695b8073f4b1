/**
 * Compiles a pattern in which `*` matches any characters and `?` exactly one; a backslash before one of them, or before a
 * backslash, takes its meaning away.
 *
 * It compares each character of a text at most once with each of the pattern. A regular expression would go through all
 * ways to share a text out among several `*`, and their number has no end.
 */
export function compileGlob(pattern: string): (text: string) => boolean {
  const tokens = [...pattern.matchAll(/\\[*?\\]|[^]/gu)].map(([token]): Token => {
    if (token === '*') return 'any';
    if (token === '?') return 'one';
    return { character: token.length > 1 && token.startsWith('\\') ? token.slice(1) : token };
  });
  return (text) => matches(tokens, text);
}

type Token = 'any' | 'one' | { character: string };

function matches(tokens: readonly Token[], text: string): boolean {
  let token = 0;
  let at = 0;
  // Behind the last `*` so far, and where in the text what it matches ends.
  let behind = -1;
  let end = 0;
  while (at < text.length) {
    const length = lengthAt(text, at);
    const wanted = tokens[token];
    if (wanted === 'any') {
      token += 1;
      behind = token;
      end = at;
    } else if (wanted === 'one' || (wanted && text.startsWith(wanted.character, at))) {
      token += 1;
      at += length;
    } else if (behind >= 0) {
      // Let the last `*` match one character more. An earlier one need not: what it would win, this one can take.
      end += lengthAt(text, end);
      at = end;
      token = behind;
    } else return false;
  }
  return tokens.slice(token).every((rest) => rest === 'any');
}

/** A character beyond the first 65,536 has two units. */
const lengthAt = (text: string, at: number) => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
