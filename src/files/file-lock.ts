import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { RollcallError } from '../core/errors.ts';
import { visible } from '../core/printable.ts';

/** Who holds a lock, as written in its file. */
export interface Holder {
  pid: number;
  user: string;
  host: string;
  since: Date;
}

/**
 * Takes an operating system lock on a file, without waiting. The lock is free again as soon as its holder dies, and not
 * before.
 *
 * @param path the file; it is created if needed and never removed, because then two processes could hold the lock
 * @param what what is locked, for the message
 * @returns a function that releases the lock
 * @throws RollcallError (75) that says who holds it and since when
 */
export async function takeLock(path: string, what: string, me: Holder): Promise<() => void> {
  const { default: native } = await import('fs-native-extensions');
  for (;;) {
    // Never through a symbolic link: the file may be in a folder that anyone can write to.
    const file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    let taken = false;
    try {
      if (!native.tryLock(file))
        throw new RollcallError('locked', `${what} is in use by ${await holderOf(path)}`);
      if (!isStillThere(file, path)) continue;
      ftruncateSync(file);
      writeSync(file, `${JSON.stringify(me)}\n`, 0);
      taken = true;
    } finally {
      if (!taken) closeSync(file);
    }
    let held = true;
    return () => {
      // A second time, the number of the file may be another file's.
      if (!held) return;
      held = false;
      ftruncateSync(file);
      closeSync(file);
    };
  }
}

function isStillThere(file: number, path: string): boolean {
  const mine = fstatSync(file);
  const there = statSync(path, { throwIfNoEntry: false });
  return there?.ino === mine.ino && there.dev === mine.dev;
}

async function holderOf(path: string): Promise<string> {
  // A process that has just taken the lock writes its name a moment later.
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      const { pid, user, host, since } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
      return visible(`process ${String(pid)} of ${String(user)} on ${String(host)}, since ${String(since)}`);
    } catch {
      await sleep(10);
    }
  }
  return 'another process';
}
