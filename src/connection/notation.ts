import type { Given, Misread } from './given.ts';
import { isSecretKeyword } from './keywords.ts';
import { readPairs } from './pairs.ts';
import { readUri } from './uri.ts';

/**
 * Reads the notation of a connection as libpq does: a URI, or `keyword=value` pairs. The values are not checked.
 *
 * @returns what the text gives, in its order; of several values of a keyword, the last one counts
 */
export function readNotation(text: string): Given[] | Misread {
  if (text.includes('\0')) return { problem: 'must not contain the character NUL' };
  if (/^postgres(ql)?:\/\//.test(text)) return readUri(text);
  return !text.includes('=') || /^[a-z][\w+.:-]*:\/\//i.test(text)
    ? {
        problem:
          'must start with postgres:// or postgresql://, or consist of pairs such as host=db1 dbname=archive',
      }
    : readPairs(text);
}

const redacted = '********';

/** A readable text with its secrets redacted; one that cannot be read is redacted as a whole. */
export function withoutPasswords(text: string): string {
  const given = readNotation(text);
  if ('problem' in given) return redacted;
  return given
    .filter(({ keyword }) => isSecretKeyword(keyword))
    .sort((a, b) => b.from - a.from)
    .reduce((shown, { from, to }) => shown.slice(0, from) + redacted + shown.slice(to), text);
}
