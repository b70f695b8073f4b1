import { lstat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { Finding } from '../../core/finding.ts';
import { visible } from '../../core/printable.ts';
import { privateFolder } from '../../files/keepsake.ts';
import { folderProblem } from '../../files/private.ts';
import { Spool } from '../../files/spool.ts';
import type { Patience } from './patience.ts';
import { ok, warning } from './verdicts.ts';

/** This process. */
export interface Machine {
  /** The version of Node. */
  node: string;
  /** The system and its C library, where rollcall is not tested; else null. */
  untested: string | null;
  /** The number of the user. */
  uid: number;
}

const megabyte = 2 ** 20;
/** A listing of 100,000 entries and what is sorted out of it. */
const roomy = 200 * megabyte;

/** The version of Node, and the folder for temporary files. */
export async function* machineSteps(machine: Machine, patience: Patience): AsyncGenerator<Finding> {
  yield nodeOf(machine);
  yield* await patience.step('temporaryFolder', 3_000, () => temporaryFolder());
}

/** A version that is too old does not come this far: see bin/rollcall.js. */
function nodeOf({ node, untested }: Machine): Finding {
  const version = `version ${visible(node)}`;
  return untested === null
    ? ok('node', version)
    : warning(
        'node',
        `${version} on ${visible(untested)}, where rollcall is not tested`,
        'use Linux with glibc, such as Debian, for more than a trial',
      );
}

/** Writes a temporary file, which has no name and is gone when it is closed. */
async function temporaryFolder(): Promise<Finding[]> {
  const check = 'temporaryFolder';
  const spool = await Spool.create();
  try {
    await spool.write(Buffer.alloc(4_096));
    await spool.flush();
  } finally {
    await spool.close();
  }
  const folder = visible(tmpdir());
  const free = await freeSpace(tmpdir());
  const said = `${folder} can be written, and has ${inMegabytes(free)} free`;
  return free < roomy
    ? [warning(check, said, 'listings are kept there during a run: free some space, or set TMPDIR')]
    : [ok(check, said)];
}

/** In bytes, for this user. */
export async function freeSpace(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

export const inMegabytes = (bytes: number) => `${Math.floor(bytes / megabyte)} MB`;

/** The folder of the locks that keep a second run of this user out from its start. */
export async function lockFolder({ uid }: Machine): Promise<Finding[]> {
  const check = 'lockFolder';
  const folder = privateFolder(uid);
  const stats = await lstat(folder).catch(() => null);
  if (stats === null) return [ok(check, `${visible(folder)} will be made by the first run`)];
  const problem = folderProblem(stats, uid);
  if (problem === null) return [ok(check, `only this user can use ${visible(folder)}`)];
  const hint =
    'remove it, or set TMPDIR to a folder of this user; until then only the lock in the database counts';
  return [warning(check, `${visible(folder)} ${problem}`, hint)];
}
