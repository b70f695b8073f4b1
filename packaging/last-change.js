import { spawnSync } from 'node:child_process';

/**
 * When what is packed was last changed, in seconds, and never the time of the clock: whoever builds the same commit again
 * gets the same files. Undefined outside of a clone.
 */
export function lastChange() {
  const given = process.env.SOURCE_DATE_EPOCH;
  const { stdout } = given
    ? { stdout: given }
    : spawnSync('git', ['log', '-1', '--format=%ct'], { encoding: 'utf8' });
  return /^\d+\s*$/.test(stdout ?? '') ? Number(stdout) : undefined;
}
