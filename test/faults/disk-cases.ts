import { execFile } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeEnd, type Ended } from '../support/launch.ts';
import { twoListings } from './people.ts';
import { Stand } from './stand.ts';

export const run = promisify(execFile);
const deadline = 60_000;

/** Runs a synchronization that has to be refused with one line. */
async function refused(stand: Stand, embedded: string, says: RegExp, env = {}): Promise<string[]> {
  stand.configure({ database: { embedded } });
  const ended = await stand.launch('sync now', { deadline, env }).ended;
  const right =
    ended.code === 1 && ended.stdout === '' && /^[^\n]+\n$/.test(ended.stderr) && says.test(ended.stderr);
  return right && !ended.stderr.includes('a bug in') ? [] : [describeEnd(ended)];
}

type Case = (stand: Stand, folder: string, mount: (options: string) => Promise<void>) => Promise<string[]>;

/** A disk of that size, with the store on it, and something that fills it up to `left` bytes. */
const filled =
  (megabytes: number, left: number): Case =>
  async (stand, folder, mount) => {
    await mount(`size=${megabytes}m`);
    const store = join(folder, 'store');
    stand.configure({ database: { embedded: store }, directory: { url: stand.directory.url, retries: 0 } });
    const [small] = twoListings(50);
    stand.lists(small);
    const problems: string[] = [];
    const first = await stand.launch('sync now', { deadline }).ended;
    if (first.code !== 0) return [`the first run: ${describeEnd(first)}`];
    const { stdout } = await run('df', ['--output=avail', '-B1', folder]);
    const free = Number(stdout.split('\n')[1]);
    await run('fallocate', ['-l', String(free - left), join(folder, 'filler')]);
    const [large] = twoListings(60_000);
    stand.lists(large);
    const full = await stand.launch('sync now', { deadline }).ended;
    const survived = full.code === 1 && /^[^\n]+\n$/.test(full.stderr) && !full.stderr.includes('a bug in');
    if (!survived) problems.push(`the disk full (${full.took} ms): ${describeEnd(full)}`);
    rmSync(join(folder, 'filler'));
    stand.lists(small);
    const after = await stand.launch('sync test', { deadline }).ended;
    if (after.code !== 0 || !after.stdout.includes('No changes'))
      problems.push(`with space again: ${describeEnd(after)}`);
    return problems;
  };

export const diskCases: Record<string, Case> = {
  'a disk too small from the beginning': async (stand, folder, mount) => {
    await mount('size=100m');
    return refused(stand, join(folder, 'store'), /needs 192 MB of free disk space/);
  },
  'a disk that is full before the run': filled(400, 30 * 2 ** 20),
  'a disk that fills up during the run': filled(400, 70 * 2 ** 20),
  'a read-only disk': async (stand, folder, mount) => {
    await mount('size=300m,ro');
    return refused(stand, join(folder, 'store'), /cannot be (created|written)/);
  },
  'a read-only disk with the folder there': async (stand, folder, mount) => {
    await mount('size=300m');
    mkdirSync(join(folder, 'store'));
    await run('mount', ['-o', 'remount,ro', folder]);
    return refused(stand, join(folder, 'store'), /cannot be (created|written)/);
  },
  'a folder with other files': async (stand, folder) => {
    const store = join(folder, 'store');
    mkdirSync(store);
    writeFileSync(join(store, 'thesis.txt'), 'years of work');
    const problems = await refused(stand, store, /contains other files/);
    if (readdirSync(store).join() !== 'thesis.txt')
      problems.push(`spilled into it: ${readdirSync(store).join()}`);
    return problems;
  },
  'a file in place of a folder': async (stand, folder) => {
    writeFileSync(join(folder, 'store'), 'x');
    const problems = await refused(stand, join(folder, 'store'), /./);
    if (readFileSync(join(folder, 'store'), 'utf8') !== 'x') problems.push('the file was written to');
    return [...problems, ...(await refused(stand, join(folder, 'store', 'below'), /cannot be used/))];
  },
  'another major version, and none': async (stand, folder) => {
    const data = join(folder, 'store/data');
    mkdirSync(data, { recursive: true });
    const none = await refused(stand, join(folder, 'store'), /PG_VERSION is missing/);
    writeFileSync(join(data, 'PG_VERSION'), '12\n');
    return [...none, ...(await refused(stand, join(folder, 'store'), /version 12 of Postgres/))];
  },
  'a damaged store': async (stand, folder) => {
    const store = join(folder, 'store');
    stand.configure({ database: { embedded: store } });
    await stand.launch('sync now', { deadline }).ended;
    writeFileSync(join(store, 'data/global/pg_control'), 'garbage');
    const damaged = await refused(stand, store, /cannot be opened/);
    rmSync(store, { recursive: true });
    await stand.launch('sync now', { deadline }).ended;
    rmSync(join(store, 'data/pg_wal'), { recursive: true });
    return [...damaged, ...(await refused(stand, store, /cannot be opened/))];
  },
  'the folder is 0700, also when it was not': async (stand, folder) => {
    const store = join(folder, 'store');
    mkdirSync(store, { mode: 0o777 });
    chmodSync(store, 0o777);
    stand.configure({ database: { embedded: store } });
    const ended: Ended = await stand.launch('sync now', { deadline }).ended;
    const mode = (statSync(store).mode & 0o777).toString(8);
    return ended.code === 0 && mode === '700' ? [] : [`mode ${mode}: ${describeEnd(ended)}`];
  },
  'no folder for temporary files': async (stand, folder) =>
    refused(stand, join(folder, 'store'), /./, { TMPDIR: join(folder, 'nowhere') }),
  'a full folder for temporary files': async (stand, folder, mount) => {
    await mount('size=1m');
    stand.lists(twoListings(20_000)[0]);
    const store = mkdtempSync(join(tmpdir(), 'rollcall-faults-store-'));
    const problems = await refused(stand, join(store, 'store'), /ENOSPC|no space/, { TMPDIR: folder });
    rmSync(store, { recursive: true });
    return problems;
  },
};
