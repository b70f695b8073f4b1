import { userInfo } from 'node:os';
import type { Connection } from '../connection/connection.ts';
import { readConnection } from '../connection/read-connection.ts';
import type { Account } from '../connection/connection-settings.ts';
import type { NamedFiles } from './named-files.ts';
import type { Problems } from './problems.ts';

/**
 * Reads the connection of `database.url` or `database.urlFile`.
 *
 * @param url the value of `database.url`, not yet validated
 * @param folder the base of relative paths
 * @param problems collects what is wrong with it; a key that already has a problem is skipped
 * @returns null if there is none, or it has a problem
 */
export function readDatabase(
  url: unknown,
  { databaseUrl }: NamedFiles,
  env: Account['env'],
  folder: string,
  problems: Problems,
): { connection: Connection; warnings: string[] } | null {
  const path = ['database', databaseUrl === null ? 'url' : 'urlFile'];
  const text = databaseUrl ?? url;
  if (typeof text !== 'string' || problems.has(path) || problems.has(['database'])) return null;
  const read = readConnection(text, { env, folder, ...accountIn(env) });
  if (read.connection !== null) return read;
  problems.report(path, read.problem);
  return null;
}

/** The account of the effective user ID; in a container it may have none. */
function accountIn(env: Account['env']): Pick<Account, 'userName' | 'home'> {
  const home = Object.hasOwn(env, 'HOME') ? env['HOME'] : undefined;
  try {
    const { username, homedir } = userInfo();
    return { userName: username, home: home || homedir };
  } catch {
    return { userName: null, home: home || '/' };
  }
}
