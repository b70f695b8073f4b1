import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Limits } from '../../src/core/limits.ts';
import type { PlanItem } from '../../src/core/plan.ts';
import type { Store } from '../../src/database/store.ts';
import { Directory } from '../servers/directory.ts';
import { applyFile, linesOf, noLimits, runSync } from '../support/run.ts';
import { put, read, type State } from '../support/state.ts';
import { kinds, newStore, thinned } from '../support/stores.ts';
import { cases } from './cases.ts';

const holding = (limits: Partial<Limits> = {}): Limits => ({
  ...noLimits,
  deletions: { percent: null, atLeast: 0, count: 0, onExceeded: 'hold' },
  ...limits,
});

/** Without deletion, the same people stay; only what is said of them differs. */
const asKept = (items: PlanItem[]) =>
  items
    .map((item) =>
      item.type === 'notice' && ['held', 'admin', 'unsure'].includes(item.reason)
        ? ({ ...item, reason: 'gone' } as PlanItem)
        : item,
    )
    .map((item) => JSON.stringify(item))
    .toSorted();

describe.each(kinds)('on %s', (kind) => {
  let store: Store;
  let directory: Directory;
  let remove: () => Promise<void>;
  let folder: string;
  beforeAll(async () => {
    directory = await Directory.start();
    ({ store, remove } = await newStore(kind));
    folder = await mkdtemp(join(tmpdir(), 'held-'));
  });
  afterAll(async () => {
    await directory.stop();
    await remove();
    await rm(folder, { recursive: true });
  });

  const person = (n: number) => ({ distinguishedName: `UID=${n}`, fullName: `Person ${n}` });
  /** The newcomer and the renamed want names that only a deletion would free; so does who follows them. */
  const before: State = {
    users: { stays: {}, gone: person(1), old: person(2), next: person(3), owner: person(4) },
    archives: {
      gone: { owner: 'gone', messages: 2 },
      aside: { owner: 'owner', messages: 1 },
    },
  };
  const listing = [
    { userName: 'stays' },
    { userName: 'gone', ...person(2) },
    { userName: 'old', ...person(3), emailAddresses: ['n@x'] },
    { userName: 'aside', ...person(5) },
    { userName: 'fresh', ...person(6) },
  ];
  const plan = [
    'create fresh',
    'update next',
    'nameTaken aside (aside: archive)',
    'nameTaken next (old: user)',
    'nameTaken old (gone: user)',
    'held gone',
    'held owner',
  ];

  test('what needs the name of a user who is held is settled anew', async () => {
    await put(store, before);
    directory.lists(listing);
    const result = await runSync(store, directory.url, 'now', { limits: holding() });
    expect(linesOf(result.items)).toEqual(plan);
    expect(result).toMatchObject({
      blocks: [],
      held: { limit: 'deletions', changes: 2, stored: 5 },
      firstDeletions: false,
      counts: { held: 2, deleted: 0, found: 3, nameTaken: 3, gone: 0 },
    });
    expect(result.run).not.toBeNull();
    const { users, archives } = await read(store);
    expect(users).toMatchObject({ gone: { gone: true }, owner: { gone: true }, old: { gone: false } });
    expect(archives).toMatchObject({ gone: { owner: 'gone' }, aside: { owner: 'owner' } });
    const again = await runSync(store, directory.url, 'now', { limits: holding() });
    expect(linesOf(again.items)).toEqual(plan.slice(2));
    const allowed = await runSync(store, directory.url, 'now');
    expect(linesOf(allowed.items)).toEqual(
      [
        'create aside',
        'rename old to gone',
        'rename next to old',
        'delete gone (gone (until DATE) setAside, 2)',
        'delete owner (aside (until DATE) setAside, 1)',
      ].map((line) => line.replace('DATE', new Date().toISOString().slice(0, 10))),
    );
  });

  test('a saved plan holds what was held, and nothing else is done', async () => {
    await put(store, before);
    directory.lists(listing);
    const file = join(folder, 'plan.jsonl');
    const saved = await runSync(store, directory.url, 'test', { limits: holding() }, file);
    const applied = await applyFile(store, file, { limits: holding() });
    expect(applied.items).toEqual(saved.items);
    expect(applied).toMatchObject({ held: saved.held, counts: saved.counts, blocks: [] });
    expect(Object.keys((await read(store)).users)).toEqual([
      'fresh',
      'gone',
      'next',
      'old',
      'owner',
      'stays',
    ]);
  });

  test('a saved plan with more deletions than are allowed when it is applied is blocked whole', async () => {
    await put(store, before);
    directory.lists(listing);
    const file = join(folder, 'plan.jsonl');
    await runSync(store, directory.url, 'test', {}, file);
    const state = await read(store);
    expect(await applyFile(store, file, { limits: holding() })).toMatchObject({
      run: null,
      held: null,
      blocks: [{ limit: 'deletions', changes: 2 }],
    });
    expect(await read(store)).toEqual(state);
  });

  test.each<[string, Partial<Limits>, object]>([
    [
      'too few are found',
      { overlap: { percent: 90, fromUsers: 1 } },
      { held: null, blocks: [{ limit: 'overlap' }, { limit: 'deletions' }] },
    ],
    [
      'the rest is too much',
      { updates: { percent: null, atLeast: 0, count: 0 } },
      { held: {}, blocks: [{ limit: 'updates' }] },
    ],
  ])('another limit still blocks everything: %s', async (_, limits, result) => {
    await put(store, before);
    directory.lists(listing);
    const state = await read(store);
    expect(await runSync(store, directory.url, 'now', { limits: holding(limits) })).toMatchObject({
      run: null,
      ...result,
    });
    expect(await read(store)).toEqual(state);
  });

  test('what --new deletes is not held', async () => {
    await put(store, { users: { stays: {}, gone: {}, anna: person(1) } });
    directory.lists([
      { userName: 'stays' },
      { userName: 'anna', distinguishedName: 'UID=2', fullName: 'Other O' },
    ]);
    const answers = { same: [], new: ['anna'] };
    const { items } = await runSync(store, directory.url, 'now', { limits: holding(), answers });
    expect(linesOf(items)).toEqual(['create anna by new', 'delete anna by new', 'held gone']);
  });

  test('it ends as if deletion were off, in every case of the rules', async () => {
    let held = 0;
    for (const { rule, before, listing, settings = {} } of thinned(kind, cases, 2)) {
      const run = async (more: object) => {
        await put(store, before);
        directory.lists(listing);
        const result = await runSync(store, directory.url, 'now', { ...settings, ...more }).catch(String);
        return { result, state: await read(store) };
      };
      const kept = { deleteUsers: false, renames: true, takeOver: 'agreed', ...settings.options };
      const one = await run({ limits: holding() });
      if (typeof one.result !== 'string' && one.result.held === null) continue;
      const other = await run({ options: { ...kept, deleteUsers: false } });
      if (typeof one.result === 'string' || typeof other.result === 'string') {
        expect(one.result, rule).toEqual(other.result);
        continue;
      }
      held += 1;
      expect(one.state, rule).toEqual(other.state);
      expect(asKept(one.result.items), rule).toEqual(asKept(other.result.items));
    }
    expect(held).toBeGreaterThan(kind === 'postgres' ? 4 : 0);
  });
});
