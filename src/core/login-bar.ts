/** Why a stored user cannot log on, whatever the password. */
export type LoginBar = 'noUser' | 'noPrivilege' | 'noPassword';

/** What a login needs to know of a stored user. `passwordHash` counts only for an integrated one. */
export interface LoginUser {
  authentication: 'directoryServices' | 'integrated';
  privileges: readonly string[];
  passwordHash: string | null;
}

/** Null where the password decides. The privilege `admin` includes `login`. */
export function loginBar(user: LoginUser | null): LoginBar | null {
  if (user === null) return 'noUser';
  if (!user.privileges.some((privilege) => privilege === 'login' || privilege === 'admin'))
    return 'noPrivilege';
  return user.authentication === 'integrated' && user.passwordHash === null ? 'noPassword' : null;
}
