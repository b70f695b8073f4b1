import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../../src/database/store.ts';
import { Directory } from '../servers/directory.ts';
import { newStore } from '../support/stores.ts';
import { simulate } from './persons.ts';

let directory: Directory;
let store: Store;
let remove: () => Promise<void>;
beforeAll(async () => {
  directory = await Directory.start();
  ({ store, remove } = await newStore('postgres'));
});
afterAll(async () => {
  await remove();
  await directory.stop();
});

test('hardly anybody gets what belongs to somebody else, and the questions are few', async () => {
  const size = { organizations: 75, years: 5, nightsPerYear: 2, seed: 1 };
  const { rules, naive, administrator, refusals } = await simulate(store, directory, size);
  expect(naive.all).toMatchObject({ histories: rules.all.histories, userYears: rules.all.userYears });
  expect(rules.all.userYears).toBeGreaterThan(5_000);

  // Where names alone are listed, nothing can show who is who.
  const told = [rules.userName, rules.fullName, rules.number, rules.none];
  expect(told.reduce((sum, { mixUps }) => sum + mixUps, 0)).toBeLessThanOrEqual(5);
  expect(rules.namesAlone.mixUps).toBeLessThanOrEqual(naive.namesAlone.mixUps);
  expect(rules.all.questions).toBeLessThanOrEqual(62);
  expect(rules.all.needless).toBeLessThanOrEqual(24);
  // What is measured can fail.
  expect(naive.all.mixUps).toBeGreaterThanOrEqual(40);

  // An answer that is offered is taken, and nearly always there is one.
  expect(refusals).toEqual([]);
  expect(administrator.byHand + administrator.open).toBeLessThanOrEqual(2);
});
