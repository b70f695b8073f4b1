import { lstatSync, statSync, type Stats } from 'node:fs';
import { resolve } from 'node:path';
import { RollcallError } from '../core/errors.ts';
import { visible } from '../core/printable.ts';

/** Where the Debian package puts it. */
const systemConfig = '/etc/rollcall/rollcall.yaml';
const name = 'rollcall.yaml';

/** Who asks for a configuration. */
export interface Seeker {
  env: Record<string, string | undefined>;
  uid: number;
}

/**
 * The configuration file: that of `--config`, else of `ROLLCALL_CONFIG`, else `rollcall.yaml` in the current folder if there
 * is one, else that of the system if there is one.
 *
 * @throws RollcallError (`config`) when somebody else may have put the file into the current folder: a configuration says
 *   where passwords are sent, and nobody has named this one
 */
export function findConfig(option: string | undefined, seeker: Seeker, ofSystem = systemConfig): string {
  const named = option ?? (seeker.env['ROLLCALL_CONFIG'] || undefined);
  if (named !== undefined) return named;
  // A folder that is closed to this user, such as the home of whoever typed sudo, has none for them.
  if (look(() => lstatSync(name)) === null) return isPerhapsThere(ofSystem) ? ofSystem : name;
  const stranger = strangerOf(name, '.', seeker);
  if (stranger === null) return name;
  throw new RollcallError(
    'config',
    `${visible(resolve(name))} ${stranger}; name it with --config ${name} if you trust them`,
  );
}

/**
 * Why a configuration may not be that of this user, of root, or of whoever became root with sudo; null if it is.
 *
 * @param folder who owns it can replace the file
 */
export function strangerOf(file: string, folder: string, { env, uid }: Seeker): string | null {
  const trusted = [0, uid, ...(uid === 0 && env['SUDO_UID'] ? [Number(env['SUDO_UID'])] : [])];
  const problem = (whose: string, stat: () => Stats) => {
    const owner = look(stat)?.uid ?? uid;
    return trusted.includes(owner) ? null : `${whose} another user (uid ${owner}, and this is uid ${uid})`;
  };
  return problem('belongs to', () => lstatSync(file)) ?? problem('is in a folder of', () => statSync(folder));
}

function look(stat: () => Stats): Stats | null {
  try {
    return stat();
  } catch {
    return null;
  }
}

/** Whoever may not look into its folder is told that, and not that there is none. */
function isPerhapsThere(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}
