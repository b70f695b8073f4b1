/** Why a stored user cannot log on, whatever the password. */
export type LoginBar = 'noUser' | 'gone' | 'noPrivilege' | 'noPassword';

/** What a login needs to know of a stored user. `passwordHash` counts only for an integrated one. */
export interface LoginUser {
  authentication: 'directoryServices' | 'integrated';
  privileges: readonly string[];
  passwordHash: string | null;
  /** Whether a run missed them in the directory. */
  isGone: boolean;
}

/**
 * Null where the password decides. The privilege `admin` includes `login`.
 *
 * @param whileGone whether directory users may log on whom the directory no longer lists
 */
export function loginBar(user: LoginUser | null, whileGone: boolean): LoginBar | null {
  if (user === null) return 'noUser';
  if (user.authentication === 'directoryServices' && user.isGone && !whileGone) return 'gone';
  if (!user.privileges.some((privilege) => privilege === 'login' || privilege === 'admin'))
    return 'noPrivilege';
  return user.authentication === 'integrated' && user.passwordHash === null ? 'noPassword' : null;
}
