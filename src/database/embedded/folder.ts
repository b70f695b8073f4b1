import { constants } from 'node:fs';
import {
  access,
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reasonOf, writeReasonOf, RollcallError } from '../../core/errors.ts';
import { visible } from '../../core/printable.ts';
import { fileProblem, ownerProblem } from '../../files/private.ts';

// All of it asynchronous: on a network disk that does not answer, rollcall would be deaf to signals.

const megabyte = 2 ** 20;

/** The paths in the folder of an embedded store. */
export const places = (folder: string) => ({
  /** Held while the store is open. */
  lock: join(folder, 'lock'),
  /** Held by a run, from its start. */
  run: join(folder, 'run'),
  data: join(folder, 'data'),
  /** Exists until the store has been created completely. */
  unfinished: join(folder, 'unfinished'),
});

/**
 * Checks a folder before anything is written into it. One that does not exist is fine: it will be made.
 *
 * @throws RollcallError when it is somebody else's, contains other files, or cannot be used
 */
export async function checkFolder(folder: string, me: number): Promise<void> {
  const refuse = refusal(folder);
  const stats = await stat(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw refuse(`cannot be used: ${reasonOf(error)}; set database.embedded to another folder`);
  });
  if (stats === null) return;
  if (!stats.isDirectory()) throw refuse('is not a folder');
  // Its owner could go on reading, and put a link where a file belongs.
  const problem = ownerProblem(stats, me);
  if (problem !== null) throw refuse(`${problem}; run rollcall as that user, or set database.embedded`);
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    throw refuse('cannot be written by this user; change its owner or set database.embedded');
  }
  const ours = new Set(Object.keys(places(folder)));
  for (const name of await readdir(folder)) {
    if (!ours.has(name)) {
      throw refuse(`contains other files (${visible(name)}); set database.embedded to a new or empty folder`);
    }
    // The folder may have been open to others once.
    const stats = await lstat(join(folder, name)).catch(() => null);
    // Another process has just removed it.
    if (stats === null) continue;
    const problem = name === 'data' && stats.isDirectory() ? ownerProblem(stats, me) : fileProblem(stats, me);
    if (problem !== null) throw refuse(`contains ${name}, which ${problem}; look at it, and remove it`);
  }
}

/**
 * Makes the folder if necessary, and keeps other users out of it.
 *
 * @throws RollcallError as `checkFolder` does
 */
export async function claimFolder(folder: string, me: number): Promise<void> {
  try {
    // Not recursive: on some file systems Node 20 never returns from that.
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw refusal(folder)(
        `cannot be created: ${writeReasonOf(error)}; set database.embedded to another folder`,
      );
  }
  await checkFolder(folder, me);
  // PGlite creates files that anyone can read; the mode of the folder keeps other users out.
  if (((await stat(folder)).mode & 0o077) !== 0) {
    await chmod(folder, 0o700);
    await checkFolder(folder, me);
  }
}

/**
 * Checks the contents of the folder. The caller holds its lock.
 *
 * @returns whether the store is new; then `finishFolder` follows once it has opened
 */
export async function inspectFolder(folder: string): Promise<boolean> {
  const { data, unfinished } = places(folder);
  const refuse = refusal(folder);
  // The creation was interrupted, so nothing was ever stored.
  if (await exists(unfinished)) await rm(data, { recursive: true, force: true });
  const isNew = !(await exists(data));
  const needed = neededSpace(isNew);
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < needed) {
    throw refuse(
      `needs ${needed / megabyte} MB of free disk space, but has only ${Math.floor((bavail * bsize) / megabyte)} MB`,
    );
  }
  if (isNew) {
    await writeFile(unfinished, '');
    return true;
  }
  const found = await versionOf(data);
  const wanted = await embeddedVersion();
  if (found === null) throw refuse('is damaged: data/PG_VERSION is missing; restore it from a backup');
  if (found !== wanted) {
    throw refuse(
      `was created by version ${visible(found)} of Postgres, but this rollcall has version ${wanted}; use the version of rollcall that created it`,
    );
  }
  return false;
}

/** In bytes, without which the store is not opened. */
export const neededSpace = (isNew: boolean) => (isNew ? 192 : 64) * megabyte;

/** Notes that a new store has been created completely. */
export const finishFolder = (folder: string) => rm(places(folder).unfinished, { force: true });

/** Removes a new store in which nothing was ever written. The caller holds its lock. */
export const emptyFolder = (folder: string) => rm(places(folder).data, { recursive: true, force: true });

const refusal = (folder: string) => (why: string) =>
  new RollcallError('failed', `the embedded store ${visible(folder)} ${why}`);

export const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

async function versionOf(data: string): Promise<string | null> {
  try {
    return (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim();
  } catch {
    return null;
  }
}

/** The major version of the embedded Postgres, from its catalog file. */
async function embeddedVersion(): Promise<string> {
  const catalogue = new URL('pglite.data', import.meta.resolve('@electric-sql/pglite'));
  const text = await readFile(fileURLToPath(catalogue), 'latin1');
  const version = /^# PostgreSQL (\d+)$/m.exec(text)?.[1];
  if (version === undefined) throw new Error('the version of the embedded Postgres is unknown');
  return version;
}

/** Whether there is a store that was created completely. */
export async function isCreated(folder: string): Promise<boolean> {
  const { data, unfinished } = places(folder);
  return (await exists(data)) && !(await exists(unfinished));
}
