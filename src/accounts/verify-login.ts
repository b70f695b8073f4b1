import { setTimeout as sleep } from 'node:timers/promises';
import { checkPassword, type DirectorySettings } from '../directory/application-integration/password.ts';
import type { Store } from '../database/store.ts';
import { readAnyVersion } from '../database/access.ts';
import { findCredentials } from './users.ts';
import { verifyPassword } from './password-hash.ts';

/** The result of a login. The reason for a rejection is for the administrator, never for the user. */
export type Verdict = { accepted: true; userName: string } | { accepted: false; reason: string };

/** A rejection takes at least this long, in milliseconds, so that its timing does not reveal the reason. */
const slowness = 1_000;

/**
 * Checks a password. The user must be stored and have the privilege `login`, or `admin`, which includes it. Then the
 * directory checks the password, or the stored hash does. No user is created or changed.
 *
 * @throws RollcallError when the directory or the database cannot be asked; that never counts as accepted
 */
export async function verifyLogin(
  store: Store,
  directory: DirectorySettings,
  userName: string,
  password: string,
  signal: AbortSignal,
): Promise<Verdict> {
  const began = Date.now();
  const verdict = await decide(store, directory, userName, password, signal);
  if (!verdict.accepted) await sleep(Math.max(0, began + slowness - Date.now()), undefined, { signal });
  return verdict;
}

async function decide(
  store: Store,
  directory: DirectorySettings,
  userName: string,
  password: string,
  signal: AbortSignal,
): Promise<Verdict> {
  const rejected = (reason: string): Verdict => ({ accepted: false, reason });
  // Directories treat an empty password as an anonymous logon, and accept it.
  if (password === '') return rejected('the password is empty');
  // A directory written in C reads a name or password only up to the NUL, and what it reads may be empty.
  if (/\0/.test(userName + password)) return rejected('the name or the password contains a NUL');
  const user = await readAnyVersion(store, signal, null, (db) => findCredentials(db, userName));
  const isDirectoryUser = user?.authentication === 'directoryServices';
  const mayLogIn =
    user !== null && user.privileges.some((privilege) => privilege === 'login' || privilege === 'admin');
  // Everyone whom the directory is not asked about takes the time of one hash, even unknown users.
  const matches =
    isDirectoryUser && mayLogIn
      ? await checkPassword(directory, user.userName, password, signal)
      : await verifyPassword(password, isDirectoryUser ? null : (user?.passwordHash ?? null));
  if (user === null) return rejected('there is no such user');
  if (!mayLogIn) return rejected('the user lacks the privilege login');
  if (!matches)
    return rejected(isDirectoryUser ? 'the directory rejected the password' : 'the password is wrong');
  return { accepted: true, userName: user.userName };
}
