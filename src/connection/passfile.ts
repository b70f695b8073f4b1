import { readFileSync, statSync } from 'node:fs';
import { reasonOf } from '../core/errors.ts';

/** What a line of a password file is looked up by. */
export interface Sought {
  host: string;
  port: number;
  database: string;
  user: string;
}

/**
 * Reads a password file such as ~/.pgpass as libpq does: it counts only if nobody else can read it.
 *
 * @param isNamed whether somebody named it, and expects it to be there
 * @returns its lines; a warning in place of what libpq would print
 */
export function readPassfile(path: string, isNamed: boolean): { lines: string[]; warnings: string[] } {
  const ignored = (reason: string) => ({
    lines: [],
    warnings: [`the password file ${path} is ignored: ${reason}`],
  });
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return ignored('it is not a file');
    if ((stat.mode & 0o077) !== 0) return ignored('others can read it; chmod 600 it');
    return { lines: readFileSync(path, 'utf8').split('\n'), warnings: [] };
  } catch (error) {
    const isMissing = ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
    return isMissing && !isNamed ? { lines: [], warnings: [] } : ignored(reasonOf(error));
  }
}

/** The password of the first line that fits; null if there is none. */
export function passwordFor(lines: readonly string[], { host, port, database, user }: Sought): string | null {
  const sought = [host, String(port), database, user];
  for (const line of lines) {
    const fields = fieldsOf(line.replace(/\r+$/, ''));
    const password = fields[sought.length];
    if (password === undefined || line.startsWith('#')) continue;
    if (sought.every((value, i) => fields[i] === '*' || unescaped(fields[i] ?? '') === value))
      return unescaped(password);
  }
  return null;
}

/** Still with their backslashes: an escaped asterisk is no wildcard. */
function fieldsOf(line: string): string[] {
  const separators = [...line.matchAll(/\\[^]|:/g)]
    .filter(([found]) => found === ':')
    .map(({ index }) => index);
  return [-1, ...separators].map((start, i) => line.slice(start + 1, separators[i]));
}

const unescaped = (field: string) => field.replace(/\\([^])/g, '$1');
