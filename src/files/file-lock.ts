import { constants } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf, RollcallError } from '../core/errors.ts';
import { visible } from '../core/printable.ts';
import { fileProblem } from './private.ts';

/** Who holds a lock, as written in its file together with the time. */
export interface Holder {
  pid: number;
  /** The number of the user. */
  uid: number;
  user: string;
  host: string;
}

/**
 * Takes an operating system lock on a file. The lock is free again as soon as its holder dies, and not before.
 *
 * @param path the file; it is created if needed and never removed, because then two processes could hold the lock
 * @param what what is locked, for the message
 * @param patience how long to wait for it, in milliseconds
 * @returns a function that releases the lock
 * @throws RollcallError (75) that says who holds it and since when; (1) when the file cannot be trusted
 */
export async function takeLock(
  path: string,
  what: string,
  me: Holder,
  patience = 0,
): Promise<() => Promise<void>> {
  const native = await loadNative(what);
  const deadline = Date.now() + patience;
  for (;;) {
    const file = await openLock(path, me.uid);
    let taken = false;
    try {
      if (!native.tryLock(file.fd)) {
        if (Date.now() >= deadline)
          throw new RollcallError('locked', `${what} is in use by ${await holderOf(file)}`);
        await sleep(50);
        continue;
      }
      if (!(await isStillThere(file, path))) continue;
      await describe(file, `${JSON.stringify({ ...me, since: new Date() })}\n`);
      taken = true;
    } finally {
      if (!taken) await file.close();
    }
    let held = true;
    return async () => {
      if (!held) return;
      held = false;
      await describe(file, '');
      await file.close().catch(() => undefined);
    };
  }
}

/** @throws RollcallError where its binary does not exist, or does not fit the C library */
async function loadNative(what: string) {
  try {
    return (await import('fs-native-extensions')).default;
  } catch {
    throw new RollcallError(
      'failed',
      `${what} cannot be locked: there is no fs-native-extensions that runs on ${platform()}-${arch()} with the C library of this machine; use a machine with Linux and glibc, such as Debian`,
    );
  }
}

/**
 * Who seems to hold a lock, without taking it; null if nobody does. A holder on another machine is believed.
 *
 * @param host the name of this machine
 */
export async function holderNow(path: string, host: string): Promise<string | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => null,
  );
  if (file === null) return null;
  try {
    const holder = await readHolder(file);
    // A process that was killed has left its name.
    const isGone =
      holder?.['host'] === host && (await stat(`/proc/${String(holder['pid'])}`).catch(() => null)) === null;
    return holder === null || isGone ? null : holderText(holder);
  } finally {
    await file.close();
  }
}

/** Says who holds the lock. It holds without that, too, such as on a full disk. */
async function describe(file: FileHandle, holder: string): Promise<void> {
  await file.truncate().catch(() => undefined);
  await file.write(holder, 0).catch(() => undefined);
}

/** Whatever is written into a link, or into another name of somebody's file, is lost there. */
async function openLock(path: string, me: number): Promise<FileHandle> {
  const refuse = (why: string) =>
    new RollcallError('failed', `the lock ${visible(path)} ${why}; look at it, and remove it`);
  let file: FileHandle;
  try {
    // Opening a pipe must not wait for its other end.
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    file = await open(path, flags, 0o600);
  } catch (error) {
    const isLink = (error as NodeJS.ErrnoException).code === 'ELOOP';
    throw refuse(isLink ? 'is a link' : `cannot be opened: ${reasonOf(error)}`);
  }
  const problem = fileProblem(await file.stat(), me);
  if (problem === null) return file;
  await file.close();
  throw refuse(problem);
}

async function isStillThere(file: FileHandle, path: string): Promise<boolean> {
  const mine = await file.stat();
  const there = await stat(path).catch(() => null);
  return there?.ino === mine.ino && there.dev === mine.dev;
}

async function holderOf(file: FileHandle): Promise<string> {
  // A process that has just taken the lock writes its name a moment later.
  for (let attempt = 0; attempt < 10; attempt++) {
    const holder = await readHolder(file);
    if (holder !== null) return holderText(holder);
    await sleep(10);
  }
  return 'another process';
}

/** What a lock file says; null if it says nothing. */
async function readHolder(file: FileHandle): Promise<Record<string, unknown> | null> {
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1_000), 0, 1_000, 0);
    return JSON.parse(buffer.toString('utf8', 0, bytesRead)) as Record<string, unknown> | null;
  } catch {
    return null;
  }
}

const holderText = ({ pid, user, host, since }: Record<string, unknown>) =>
  visible(`process ${String(pid)} of ${String(user)} on ${String(host)}, since ${String(since)}`);
