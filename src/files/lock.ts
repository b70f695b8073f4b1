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
import native from 'fs-native-extensions';
import { RollcallError } from '../core/errors.ts';
import { visible } from '../core/text.ts';

/** Who holds a lock, as its file tells others. */
export interface Holder {
  pid: number;
  user: string;
  host: string;
  since: Date;
}

/**
 * Takes a lock of the operating system on a file, at once or not at all. It is free again in the moment in which
 * its holder dies, and never before.
 *
 * @param path the file, which is made where there is none and then stays: removing it would let two in
 * @param what names in the message what is locked
 * @returns gives the lock back
 * @throws RollcallError (75) that says who holds it and since when
 */
export async function takeLock(path: string, what: string, me: Holder): Promise<() => void> {
  for (;;) {
    // No link is followed, because the file may stand in a folder that everybody can write to.
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
    return () => {
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
  // Whoever has just taken the lock writes his name a moment later.
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
