import { keywordProblem, modernized, type Given, type Misread } from './given.ts';
import { isSecretKeyword } from './keywords.ts';

const quoting = "a value with spaces or quotes needs single quotes, and a backslash before ' and \\";

/** White space as C understands it. */
const blanks = /[ \t\n\v\f\r]*/y;
const name = /[^= \t\n\v\f\r]*/y;
const quoted = /'((?:\\[^]|[^'\\])*)'/y;
const bare = /(?:\\[^]|[^\\ \t\n\v\f\r])*\\?/y;

/** Reads `keyword=value` pairs as libpq does. */
export function readPairs(text: string): Given[] | Misread {
  const given: Given[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? null;
    at += found?.length ?? 0;
    return found;
  };
  for (take(blanks); at < text.length; take(blanks)) {
    const keyword = take(name) ?? '';
    take(blanks);
    if (text[at] !== '=') return { problem: `must consist of keyword=value pairs; ${quoting}` };
    at += 1;
    take(blanks);
    const from = at;
    const value = text[at] === "'" ? take(quoted)?.slice(1, -1) : take(bare);
    if (value === undefined || value === null)
      return { problem: `has a quote that is not closed; ${quoting}` };
    // In `host= password=x`, libpq takes the password for the host, and prints it.
    if (text[from] !== "'" && /^[a-z_]+=/.test(value))
      return { problem: `has a keyword without a value; write '' for an empty one` };
    const pair = modernized({ keyword, value: value.replace(/\\([^]?)/g, '$1'), from, to: at });
    const problem = keywordProblem(pair.keyword, !given.some((before) => isSecretKeyword(before.keyword)));
    if (problem !== null) return { problem: `${problem}${given.length > 0 ? `; ${quoting}` : ''}` };
    given.push(pair);
  }
  return given;
}
