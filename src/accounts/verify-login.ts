import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { RollcallError } from '../core/errors.ts';
import { loginBar } from '../core/login-bar.ts';
import type { Directory } from '../directory/directory.ts';
import type { Store } from '../database/store.ts';
import { readAnyVersion } from '../database/access.ts';
import { findCredentials } from './users.ts';
import { verifyPassword } from './password-hash.ts';

/** The result of a login. The reason for a rejection is for the administrator, never for the user. */
export type Verdict = { accepted: true; userName: string } | { accepted: false; reason: string };

/** Who may log on, beyond their privileges. */
export interface LoginOptions {
  /** Whether those may whom the last run did not find in the directory. */
  loginWhileGone: boolean;
}

/** A login that is not accepted takes whole periods of this length, in milliseconds, so that its timing reveals nothing. */
const period = 1_000;

/**
 * Checks a password. The user must be stored and have the privilege `login`, or `admin`, which includes it. Then the
 * directory checks the password, or the stored hash does. No user is created or changed.
 *
 * A login that is not accepted ends the same for known and unknown names, and the directory has been asked for each.
 *
 * @throws RollcallError when the directory or the database cannot be asked, or not in time; that never counts as accepted
 */
export async function verifyLogin(
  store: Store,
  directory: Directory,
  userName: string,
  password: string,
  signal: AbortSignal,
  options: LoginOptions = { loginWhileGone: true },
): Promise<Verdict> {
  const began = Date.now();
  const { loginTimeout } = directory;
  // Not AbortSignal.timeout, which may be collected as garbage behind AbortSignal.any, and then never ends anything.
  const tooLate = new AbortController();
  const timer = setTimeout(() => tooLate.abort(), loginTimeout);
  const inTime = AbortSignal.any([signal, tooLate.signal]);
  let accepted = false;
  const waiting = { for: `the database ${store.name}` };
  try {
    const verdict = await Promise.race([
      decide(store, directory, userName, password, options, inTime, waiting),
      // A database that has stopped does not even hear that it should cancel.
      once(inTime, 'abort').then(() => Promise.reject(inTime.reason as Error)),
    ]);
    accepted = verdict.accepted;
    return verdict;
  } catch (error) {
    signal.throwIfAborted();
    if (!tooLate.signal.aborted) throw error;
    throw new RollcallError(
      'failed',
      `${waiting.for} did not answer a login within ${loginTimeout / 1_000} s (timeouts.login)`,
    );
  } finally {
    clearTimeout(timer);
    const rest = period - ((Date.now() - began) % period);
    if (!accepted) await sleep(rest, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

async function decide(
  store: Store,
  directory: Directory,
  userName: string,
  password: string,
  { loginWhileGone }: LoginOptions,
  signal: AbortSignal,
  waiting: { for: string },
): Promise<Verdict> {
  const rejected = (reason: string): Verdict => ({ accepted: false, reason });
  // Directories treat an empty password as an anonymous logon, and accept it.
  if (password === '') return rejected('the password is empty');
  // A directory written in C reads a name or password only up to the NUL, and what it reads may be empty.
  if (/\0/.test(userName + password)) return rejected('the name or the password contains a NUL');
  const user = await readAnyVersion(store, signal, null, (db) => findCredentials(db, userName));
  const isDirectoryUser = user?.authentication === 'directoryServices';
  const bar = loginBar(user, loginWhileGone);
  waiting.for = directory.name;
  if (isDirectoryUser && bar === null) {
    return (await directory.checkPassword(user.userName, password, signal))
      ? { accepted: true, userName: user.userName }
      : rejected('the directory rejected the password');
  }
  // For everyone else, about a name that nobody has. Else it would show who is known when the directory is slow, or cannot be
  // reached. A hash is taken beside it, even for unknown users.
  const decided = new AbortController();
  const until = AbortSignal.any([signal, decided.signal]);
  const answer = directory.checkPassword(`rollcall-${randomUUID()}`, randomUUID(), until);
  answer.catch(() => undefined);
  const matches = await verifyPassword(password, isDirectoryUser ? null : (user?.passwordHash ?? null));
  if (user !== null && matches && bar === null) {
    decided.abort();
    return { accepted: true, userName: user.userName };
  }
  await answer;
  if (bar === 'noUser') return rejected('there is no such user');
  if (bar === 'gone')
    return rejected('the user is gone from the directory, and options.loginWhileGone is off');
  return rejected(bar === 'noPrivilege' ? 'the user lacks the privilege login' : 'the password is wrong');
}
