import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../../src/database/store.ts';
import { Directory } from '../servers/directory.ts';
import { noAnswers, linesOf, runSync, stillOpen } from '../support/run.ts';
import { complete, put, read, recorded } from '../support/state.ts';
import { kinds, newStore, thinned } from '../support/stores.ts';
import { cases, onThisDay } from './cases.ts';

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

  test.each(thinned(kind, cases))('rule $rule', async (one) => {
    const { before, listing, settings, plan, after = before } = onThisDay(one);
    await put(store, before);
    const untouched = await read(store);
    expect(untouched).toEqual(complete(before));
    directory.lists(listing);

    const tested = await runSync(store, directory.url, 'test', { ...settings, stageAll: true });
    expect(linesOf(tested.items)).toEqual(plan);
    expect(await read(store)).toEqual(untouched);

    const committed = await runSync(store, directory.url, 'now', settings);
    expect(committed.items).toEqual(tested.items);
    expect(committed.counts).toEqual(tested.counts);
    expect(committed.blocks).toEqual([]);
    expect(await read(store)).toEqual(complete(after));
    const changes = committed.items.filter((item) => item.type === 'change');
    expect(await recorded(store, committed.run ?? 0)).toEqual(changes);

    const again = await runSync(store, directory.url, 'now', { ...settings, answers: noAnswers });
    expect(linesOf(again.items)).toEqual(stillOpen(plan));
    expect(await read(store)).toEqual(complete(after));
  });
});
