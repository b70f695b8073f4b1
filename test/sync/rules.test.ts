import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { Directory } from '../servers/directory.ts';
import { linesOf, runSync } from '../support/run.ts';
import { complete, put, read } from '../support/state.ts';
import { kinds, newStore } from '../support/stores.ts';
import { cases } from './cases.ts';

describe.each(kinds)('on %s', (kind) => {
  let store: Store;
  let directory: Directory;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    directory = await Directory.start();
    ({ store, remove } = await newStore(kind));
  });
  afterAll(async () => {
    await directory.stop();
    await remove();
  });

  test.each(cases)('rule $rule', async ({ before, listing, settings, plan, after, then }) => {
    await put(store, before);
    const untouched = await read(store);
    expect(untouched).toEqual(complete(before));
    directory.lists(listing);

    const tested = await runSync(store, directory.url, 'test', settings);
    expect(linesOf(tested.items)).toEqual(plan);
    expect(await read(store)).toEqual(untouched);

    const committed = await runSync(store, directory.url, 'now', settings);
    expect(linesOf(committed.items)).toEqual(plan);
    expect(committed.counts).toEqual(tested.counts);
    if (committed.blocks.length === 0) expect(committed.run).toBeGreaterThan(0);
    expect(await read(store)).toEqual(complete(after));

    const again = await runSync(store, directory.url, 'now', settings);
    expect(linesOf(again.items)).toEqual(then ?? []);
    expect(await read(store)).toEqual(complete(after));
  });
});
