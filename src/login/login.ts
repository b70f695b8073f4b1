import { setTimeout as sleep } from 'node:timers/promises';
import { keyOf } from '../core/names.ts';
import { checkPassword, type LoginDirectory } from '../directory/password.ts';
import { isMigrated } from '../store/migrate.ts';
import type { Store } from '../store/store.ts';
import { inTransaction } from '../store/transaction.ts';
import { findCredentials, type Credentials } from '../store/users.ts';
import { verifyPassword } from './hash.ts';

/** The answer to a login. The reason of a rejection is for the administrator, never for whoever tried. */
export type Verdict = { accepted: true; userName: string } | { accepted: false; reason: string };

/** A rejection is told no sooner than this, so that its time does not tell the reason. */
const slowness = 1_000;

/**
 * Checks a password. The user must be stored and have the privilege `login` (or `admin`, which stands alone and
 * includes it); then the directory is asked, or the kept hash. Nobody is created or changed by it.
 *
 * @throws RollcallError when the directory or the database cannot be asked, which is never an acceptance
 */
export async function verifyLogin(
  store: Store,
  directory: LoginDirectory,
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
  directory: LoginDirectory,
  userName: string,
  password: string,
  signal: AbortSignal,
): Promise<Verdict> {
  const rejected = (reason: string): Verdict => ({ accepted: false, reason });
  // Directories take an empty password for an anonymous logon, and say yes.
  if (password === '') return rejected('the password is empty');
  const user = await inTransaction(
    store,
    signal,
    async (db): Promise<{ commit: false; value: Credentials | null }> => ({
      commit: false,
      value: (await isMigrated(db)) ? await findCredentials(db, keyOf(userName.trim())) : null,
    }),
  );
  const isDirectoryUser = user?.authentication === 'directoryServices';
  const mayLogIn =
    user !== null && user.privileges.some((privilege) => privilege === 'login' || privilege === 'admin');
  // One hash for everybody who is not asked of the directory, unknown ones among them.
  const matches =
    isDirectoryUser && mayLogIn
      ? await checkPassword(directory, user.userName, password, signal)
      : await verifyPassword(password, isDirectoryUser ? null : (user?.passwordHash ?? null));
  if (user === null) return rejected('there is no such user');
  if (!mayLogIn) return rejected('the user lacks the privilege login');
  if (!matches) return rejected(isDirectoryUser ? 'the directory said no' : 'the password is wrong');
  return { accepted: true, userName: user.userName };
}
