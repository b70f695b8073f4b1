import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe } from 'vitest';
import { binary } from '../support/launch.ts';

/** Tests of a program that not every machine has: without it they are skipped, and say by name what is missing. */
export function describeWith(program: string, missing: string | null, tests: () => void): void {
  if (missing !== null) console.warn(`The tests with ${program} are SKIPPED: ${missing}`);
  describe.skipIf(missing !== null)(missing === null ? program : `${program} (SKIPPED: ${missing})`, tests);
}

/** The first of these programs that is not there, as the reason to skip; null when all are. */
export function absent(...paths: string[]): string | null {
  const path = paths.find((path) => !existsSync(path));
  return path === undefined ? null : `no ${path}; test/field/install.sh installs it on Debian`;
}

/** Whether somebody who is not root can run rollcall from here. */
export const runsAs = (user: { uid: number; gid: number }): boolean =>
  spawnSync(process.execPath, [binary, '--version'], { ...user, cwd: '/' }).status === 0;

export function userOf(name: string): { uid: number; gid: number } {
  const [, uid, gid] =
    new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, 'm').exec(readFileSync('/etc/passwd', 'utf8')) ?? [];
  if (uid === undefined || gid === undefined) throw new Error(`There is no user ${name}.`);
  return { uid: Number(uid), gid: Number(gid) };
}
