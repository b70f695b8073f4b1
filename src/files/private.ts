import type { Stats } from 'node:fs';
import { lstat, mkdir } from 'node:fs/promises';
import { reasonOf, RollcallError } from '../core/errors.ts';
import { visible } from '../core/printable.ts';

/**
 * Why a file or folder may not be trusted: somebody else owns it, and may read or replace what is in it.
 *
 * @param me the number of the user of this process
 */
export function ownerProblem({ uid }: Stats, me: number): string | null {
  return uid === me ? null : `belongs to another user (uid ${uid}, and this is uid ${me})`;
}

/** Why a file may not be trusted to be the one that this user made. */
export function fileProblem(stats: Stats, me: number): string | null {
  if (stats.isSymbolicLink()) return 'is a link';
  if (!stats.isFile()) return 'is not a file';
  return stats.nlink > 1 ? 'is a file that has another name, too' : ownerProblem(stats, me);
}

/**
 * Makes a folder that only this user can use, or makes sure that it is one: in a folder for all, such as /tmp, somebody
 * else may have made it first.
 *
 * @throws RollcallError when it is not, or cannot be made
 */
export async function makePrivateFolder(path: string, me: number): Promise<void> {
  const refuse = (why: string) => new RollcallError('failed', `${visible(path)} ${why}`);
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw refuse(`cannot be created: ${reasonOf(error)}`);
  }
  const problem = folderProblem(await lstat(path), me);
  if (problem !== null) throw refuse(problem);
}

/** Why a folder may not be trusted to be one that only this user can use. */
export function folderProblem(stats: Stats, me: number): string | null {
  if (!stats.isDirectory()) return 'is not a folder';
  return ownerProblem(stats, me) ?? ((stats.mode & 0o077) !== 0 ? 'is open to other users' : null);
}
