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
import { RollcallError, systemCode } from '../../core/errors.ts';
import { visible } from '../../core/text.ts';

const megabyte = 2 ** 20;

/** Where things are in the folder of an embedded store. */
export const places = (folder: string) => ({
  lock: join(folder, 'lock'),
  data: join(folder, 'data'),
  /** There as long as the first creation is not finished. */
  unfinished: join(folder, 'unfinished'),
});

/**
 * Makes sure that there is a folder and that it is ours, before anything is written into it.
 *
 * @throws RollcallError when it is somebody else's, or cannot be used
 */
export function claimFolder(folder: string): void {
  const refuse = (why: string) => new RollcallError('failed', `the embedded store ${visible(folder)} ${why}`);
  try {
    // Not recursive: on some file systems Node 20 never comes back from that.
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    throw refuse(`cannot be made (${systemCode(error)}); set database.embedded to another folder`);
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
    throw refuse(`holds other files (${visible(foreign)}); set database.embedded to a new or empty folder`);
  }
  // The files inside are made readable for everybody; nobody else gets this far.
  if ((statSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

/**
 * Looks at what the folder holds; the lock on it is held.
 *
 * @returns what has to be called once the store has opened for the first time
 */
export function inspectFolder(folder: string): () => void {
  const { data, unfinished } = places(folder);
  const refuse = (why: string) => new RollcallError('failed', `the embedded store ${visible(folder)} ${why}`);
  // A creation that was cut off: nothing was ever stored in it.
  if (existsSync(unfinished)) rmSync(data, { recursive: true, force: true });
  const isNew = !existsSync(data);
  const needed = (isNew ? 192 : 64) * megabyte;
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < needed) {
    throw refuse(
      `needs ${needed / megabyte} MB of free disk space, and there are ${Math.floor((bavail * bsize) / megabyte)} MB`,
    );
  }
  if (isNew) {
    writeFileSync(unfinished, '');
    return () => rmSync(unfinished, { force: true });
  }
  const found = versionOf(data);
  const wanted = embeddedVersion();
  if (found === null) throw refuse('is damaged: data/PG_VERSION is missing; restore a copy of it');
  if (found !== wanted) {
    throw refuse(
      `was written by version ${visible(found)} of Postgres, and this rollcall has version ${wanted}; use the rollcall that made it`,
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

/** The major version of the embedded Postgres, from the head of its own catalogue. */
function embeddedVersion(): string {
  const catalogue = new URL('pglite.data', import.meta.resolve('@electric-sql/pglite'));
  const version = /^# PostgreSQL (\d+)$/m.exec(readFileSync(fileURLToPath(catalogue), 'latin1'))?.[1];
  if (version === undefined) throw new Error('the version of the embedded Postgres is not known');
  return version;
}
