import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../src/database/open-store.ts';
import { takeLock } from '../../src/files/file-lock.ts';
import { Directory } from '../servers/directory.ts';
import { directorySettings, runSync } from '../support/run.ts';
import { actor } from '../support/stores.ts';
import { examined, faultsOf } from './patients.ts';

let directory: Directory;
let base: string;
/** One with tables, of which each test has a copy. */
let whole: string;
let folder: string;

const open = (path: string) => openStore({ kind: 'embedded', folder: path }, actor);

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
  whole = join(base, 'whole');
  directory = await Directory.start();
  directory.lists([{ userName: 'anna' }]);
  const store = await open(whole);
  await runSync(store, directory.url, 'now');
  await store.close();
});
afterAll(async () => {
  await directory.stop();
  rmSync(base, { recursive: true });
});
beforeEach(() => {
  folder = mkdtempSync(join(base, 'test-'));
  cpSync(whole, folder, { recursive: true });
  chmodSync(folder, 0o700);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const faults = async (path = folder, uid = actor.uid) =>
  faultsOf(await examined(directorySettings(directory.url), { kind: 'embedded', folder: path }, uid)).map(
    (line) => line.replaceAll(path, 'FOLDER'),
  );

const unusable = ['storeSpace', 'databaseLocks', 'databaseSchema'].map(
  (check) => `skipped ${check}: the folder cannot be used`,
);

test('nothing is wrong before the first run, and after it; and nothing is made', async () => {
  const none = join(base, 'none');
  expect(await faults(none)).toEqual([]);
  expect(existsSync(none)).toBe(false);
  expect(await faults()).toEqual([]);
  expect(readdirSync(folder).toSorted()).toEqual(['data', 'lock', 'run']);
});

test('the folder is somebody else’s, has other files, or cannot be made', async () => {
  const [first, ...more] = await faults(folder, actor.uid + 1);
  expect(first).toMatch(
    /^failed storeFolder: .* belongs to another user \(uid \d+, and this is uid \d+\) → run rollcall as/,
  );
  expect(more).toEqual(unusable);
  writeFileSync(join(folder, 'other'), '');
  expect((await faults())[0]).toMatch(
    /^failed storeFolder: .* contains other files \(other\) → set database\.embedded/,
  );
  expect((await faults(join(base, 'no/where')))[0]).toMatch(
    /^failed storeFolder: .* it does not exist → create that folder/,
  );
});

test('the folder is open to others, and stays so', async () => {
  chmodSync(folder, 0o755);
  expect(await faults()).toEqual([
    'warning storeFolder: FOLDER is open to other users of this machine → the next command that opens it closes it to them; or chmod 700 it now',
    'skipped databaseSchema: opening it would change the mode of the folder',
  ]);
  expect(statSync(folder).mode & 0o777).toBe(0o755);
});

test('a run is under way, and has the store open', async () => {
  const release = await takeLock(join(folder, 'run'), 'it', { ...actor, pid: process.pid });
  const holder = /process \d+ of tester on here, since /.source;
  expect(await faults()).toEqual([
    expect.stringMatching(new RegExp(`^warning databaseLocks: a run is under way: ${holder}`)),
    'skipped databaseSchema: a run uses the store',
  ]);
  await release();
  const close = await takeLock(join(folder, 'lock'), 'it', actor);
  expect(await faults()).toEqual([
    expect.stringMatching(new RegExp(`^warning databaseSchema: not looked at: .* is in use by ${holder}`)),
  ]);
  await close();
  writeFileSync(join(folder, 'run'), JSON.stringify({ ...actor, pid: 2 ** 30, since: new Date() }));
  expect(await faults()).toEqual([]);
});

test('the tables are from a newer version, the data is damaged', async () => {
  const store = await open(folder);
  await store.knex.raw(`insert into rollcall.migrations (name, batch) values ('0999-later', 9)`);
  await store.close();
  expect(await faults()).toEqual([
    'failed databaseSchema: the database was upgraded by a newer rollcall, to 0999-later, and this one knows it up to 0006-health → install the newer version here, too',
  ]);
  rmSync(join(folder, 'data/PG_VERSION'));
  expect(await faults()).toEqual([
    'failed databaseSchema: the embedded store FOLDER is damaged: data/PG_VERSION is missing → restore it from a backup',
  ]);
});
