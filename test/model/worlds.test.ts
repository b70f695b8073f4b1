import { afterAll, beforeAll, expect, test } from 'vitest';
import { Directory } from '../servers/directory.ts';
import { kinds, newStore } from '../support/stores.ts';
import { playMany } from './many.ts';

let directory: Directory;
beforeAll(async () => {
  directory = await Directory.start();
});
afterAll(() => directory.stop());

test.each(kinds)('a sample of the worlds ends as the contract says, on %s', async (kind) => {
  const { store, remove } = await newStore(kind);
  const { differing } = await playMany(store, directory, {
    worlds: kind === 'postgres' ? 500 : 50,
    seed: 8,
  });
  await remove();
  expect(differing).toEqual([]);
});
