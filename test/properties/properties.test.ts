import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { Store } from '../../src/database/store.ts';
import { Directory } from '../servers/directory.ts';
import { put } from '../support/state.ts';
import { kinds, newStore } from '../support/stores.ts';
import { damagedFiles, wrongValues } from './configurations.ts';
import { listings } from './listings.ts';
import { mailFiles } from './mail.ts';
import { runs } from './runs.ts';

let directory: Directory;
let folder: string;
beforeAll(async () => {
  directory = await Directory.start();
  folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
});
afterAll(async () => {
  await directory.stop();
  rmSync(folder, { recursive: true });
});

describe.each(kinds)('whatever comes, on %s', (kind) => {
  let store: Store;
  let remove: () => Promise<void>;
  beforeAll(async () => {
    ({ store, remove } = await newStore(kind));
  });
  afterAll(() => remove());

  const numRuns = kind === 'postgres' ? 16 : 4;
  test('a run keeps the promises', () => fc.assert(runs(store, directory), { numRuns }));
  test('a listing is whole or changes nothing', () => fc.assert(listings(store, directory), { numRuns }));
  test('mail is kept byte for byte, or fails in one line', async () => {
    await put(store, { users: { anna: { emailAddresses: ['anna@x', 'c@x'] } } });
    await fc.assert(mailFiles(store, folder), { numRuns });
  });
});

describe('whatever the configuration says', () => {
  test('a wrong value is told by its key', () => fc.assert(wrongValues(folder), { numRuns: 200 }));
  test('a damaged file is told by its place', () => fc.assert(damagedFiles(folder), { numRuns: 200 }));
});
