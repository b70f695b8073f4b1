import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeReasonOf, RollcallError } from '../../core/errors.ts';
import { visible } from '../../core/printable.ts';

const megabyte = 2 ** 20;

/** The paths in the folder of an embedded store. */
export const places = (folder: string) => ({
  lock: join(folder, 'lock'),
  data: join(folder, 'data'),
  /** Exists until the store has been created completely. */
  unfinished: join(folder, 'unfinished'),
});

/**
 * Makes sure that the folder exists and belongs to rollcall, before anything is written into it.
 *
 * @throws RollcallError when it contains other files, or cannot be used
 */
export function claimFolder(folder: string): void {
  const refuse = (why: string) => new RollcallError('failed', `the embedded store ${visible(folder)} ${why}`);
  try {
    // Not recursive: on some file systems Node 20 never returns from that.
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    throw refuse(`cannot be created: ${writeReasonOf(error)}; set database.embedded to another folder`);
  }
  if (!statSync(folder).isDirectory()) throw refuse('is not a folder');
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    throw refuse('cannot be written by this user; change its owner or set database.embedded');
  }
  const ours = new Set(Object.keys(places(folder)));
  const foreign = readdirSync(folder).find((name) => !ours.has(name));
  if (foreign !== undefined) {
    throw refuse(
      `contains other files (${visible(foreign)}); set database.embedded to a new or empty folder`,
    );
  }
  // PGlite creates files that anyone can read; the mode of the folder keeps other users out.
  if ((statSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

/**
 * Checks the contents of the folder. The caller holds its lock.
 *
 * @returns a function to call once the store has opened
 */
export function inspectFolder(folder: string): () => void {
  const { data, unfinished } = places(folder);
  const refuse = (why: string) => new RollcallError('failed', `the embedded store ${visible(folder)} ${why}`);
  // The creation was interrupted, so nothing was ever stored.
  if (existsSync(unfinished)) rmSync(data, { recursive: true, force: true });
  const isNew = !existsSync(data);
  const needed = (isNew ? 192 : 64) * megabyte;
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < needed) {
    throw refuse(
      `needs ${needed / megabyte} MB of free disk space, but has only ${Math.floor((bavail * bsize) / megabyte)} MB`,
    );
  }
  if (isNew) {
    writeFileSync(unfinished, '');
    return () => rmSync(unfinished, { force: true });
  }
  const found = versionOf(data);
  const wanted = embeddedVersion();
  if (found === null) throw refuse('is damaged: data/PG_VERSION is missing; restore it from a backup');
  if (found !== wanted) {
    throw refuse(
      `was created by version ${visible(found)} of Postgres, but this rollcall has version ${wanted}; use the version of rollcall that created it`,
    );
  }
  return () => undefined;
}

function versionOf(data: string): string | null {
  try {
    return readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  } catch {
    return null;
  }
}

/** The major version of the embedded Postgres, from its catalog file. */
function embeddedVersion(): string {
  const catalogue = new URL('pglite.data', import.meta.resolve('@electric-sql/pglite'));
  const version = /^# PostgreSQL (\d+)$/m.exec(readFileSync(fileURLToPath(catalogue), 'latin1'))?.[1];
  if (version === undefined) throw new Error('the version of the embedded Postgres is unknown');
  return version;
}
