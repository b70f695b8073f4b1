import { nearest } from '../core/nearest.ts';
import { visible } from '../core/printable.ts';
import { keywords } from './keywords.ts';

/** One value that a text gives, decoded, and where its last part stands in the text. */
export interface Given {
  keyword: string;
  value: string;
  from: number;
  to: number;
}

/** A text that cannot be read. The problem repeats nothing that may be a piece of a password. */
export interface Misread {
  problem: string;
}

/**
 * The problem with a keyword that libpq does not have, or null.
 *
 * @param isSafe whether it is certain that the keyword is not a piece of a password
 */
export function keywordProblem(keyword: string, isSafe: boolean): string | null {
  if (Object.hasOwn(keywords, keyword)) return null;
  if (!isSafe) return 'has a parameter that Postgres does not know, and that may be a piece of the password';
  const meant = nearest(keyword, Object.keys(keywords));
  const advice = meant === null ? '' : `; did you mean ${meant}?`;
  return `has the parameter "${visible(keyword)}", which Postgres does not know${advice}`;
}

/** The old spelling of `sslmode`. */
export const modernized = (given: Given): Given =>
  given.keyword === 'requiressl'
    ? { ...given, keyword: 'sslmode', value: given.value.startsWith('1') ? 'require' : 'prefer' }
    : given;
