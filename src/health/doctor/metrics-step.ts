import { constants, type Stats } from 'node:fs';
import { access, lstat, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { reasonOf } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import { visible } from '../../core/printable.ts';
import { failed, ok } from './verdicts.ts';

const check = 'afterMetrics';
const elsewhere = 'set after.metrics.file to another file';

/**
 * Whether a run could replace the file of the metrics.
 *
 * @param uid the number of the user
 */
export async function metricsFindings(file: string, uid: number): Promise<Finding[]> {
  const folder = dirname(file);
  try {
    const stats = await stat(folder);
    if (!stats.isDirectory()) return [failed(check, `${visible(folder)} is not a folder`, elsewhere)];
    await access(folder, constants.W_OK | constants.X_OK);
    return [await fileFinding(file, stats, uid)];
  } catch (error) {
    const said = `no file can be written in ${visible(folder)}: ${visible(reasonOf(error))}`;
    return [failed(check, said, `create that folder, let this user write to it, or ${elsewhere}`)];
  }
}

/** A run writes a new file in place of the old one. Before, it reads the old one, and would wait for a pipe. */
async function fileFinding(file: string, folder: Stats, uid: number): Promise<Finding> {
  const name = visible(file);
  const stats = await lstat(file).catch(() => null);
  if (stats === null) return ok(check, `${name} will be made by the first run`);
  const problem = problemOf(stats, folder, uid);
  return problem === null
    ? ok(check, `${name} can be replaced`)
    : failed(check, `${name} ${problem}`, `remove it, or ${elsewhere}`);
}

function problemOf(stats: Stats, folder: Stats, uid: number): string | null {
  if (stats.isSymbolicLink()) return 'is a link, which a run would replace';
  if (stats.isDirectory()) return 'is a folder';
  if (stats.isFIFO()) return 'is a pipe';
  if (!stats.isFile()) return 'is not a file';
  const isSticky = (folder.mode & 0o1000) !== 0;
  return isSticky && ![0, stats.uid, folder.uid].includes(uid)
    ? `belongs to another user (uid ${stats.uid}), who alone can replace it in this folder`
    : null;
}
