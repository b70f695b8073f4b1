import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { all } from '../../src/database/query.ts';
import type { Store } from '../../src/database/store.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import type { DeletePolicy } from '../../src/sync/taken-names.ts';
import { Directory } from '../servers/directory.ts';
import { linesOf, noLimits, runSync, type Overrides } from '../support/run.ts';
import { put, type State } from '../support/state.ts';
import { serverKinds, newStore } from '../support/stores.ts';

const never = new AbortController().signal;
const hour = 3_600_000;
const day = 24 * hour;
/** Later than any real clock: the last run was committed by that. */
const start = Date.UTC(2131, 0, 1);
const month: DeletePolicy = { after: '30d', listings: 3 };

const unreadable = { fullName: 'nobody knows' };
const listed = (...names: string[]) => names.map((userName) => ({ userName }));

describe.each(serverKinds)('on %s', (kind) => {
  let store: Store;
  let directory: Directory;
  let remove: () => Promise<void>;
  let folder: string;
  beforeAll(async () => {
    directory = await Directory.start();
    ({ store, remove } = await newStore(kind));
    folder = await mkdtemp(join(tmpdir(), 'gentle-'));
  });
  afterAll(async () => {
    await directory.stop();
    await remove();
    await rm(folder, { recursive: true });
  });

  const query = (sql: string) =>
    inTransaction(store, 'write', never, async (db) => ({ commit: true, value: await all<object>(db, sql) }));
  /** A run at this time after the start; it says the same as its test. */
  const night = async (
    listing: unknown[],
    at: number,
    policy: DeletePolicy = month,
    settings: Overrides = {},
  ) => {
    directory.lists(listing);
    const options = { deleteUsers: policy, renames: true, takeOver: 'agreed' as const };
    const overrides = { options, now: new Date(start + at), ...settings };
    const tested = await runSync(store, directory.url, 'test', overrides);
    const done = await runSync(store, directory.url, 'now', overrides);
    expect(done.items).toEqual(tested.items);
    return linesOf(done.items);
  };
  const users = (...names: string[]): State => ({
    users: Object.fromEntries(['stays', ...names].map((name) => [name, {}])),
  });
  const anna = (hours: number, listings: number) => [
    `goneCounting anna (${hours} of 720 hours, ${listings} of 3)`,
  ];

  test('both must be reached, to the second', async () => {
    await put(store, users('anna'));
    const none = listed('stays');
    expect(await night(none, 0)).toEqual(anna(0, 1));
    expect(await night(none, 30 * day), 'the listings are not reached').toEqual(anna(720, 2));
    await put(store, users('anna'));
    for (const n of [1, 2, 3, 4]) expect(await night(none, n - 1)).toEqual(anna(0, n));
    expect(await night(none, 30 * day - 1_000), 'the time is not').toEqual([
      `goneCounting anna (${(720 * 3_600 - 1) / 3_600} of 720 hours, 5 of 3)`,
    ]);
    expect(await night(none, 30 * day)).toEqual(['delete anna']);
    expect(await night(none, 31 * day)).toEqual([]);
  });

  test('who comes back starts again, also under another name', async () => {
    await put(store, { users: { stays: {}, anna: { distinguishedName: 'UID=1' } } });
    const none = listed('stays');
    await night(none, 0);
    await night(none, day);
    const back = { userName: 'anna', distinguishedName: 'UID=1' };
    expect(await night([...none, back], 40 * day)).toEqual([]);
    expect(await night(none, 41 * day)).toEqual(anna(0, 1));
    expect(await night([...none, { ...back, userName: 'anne' }], 80 * day)).toEqual(['rename anna to anne']);
    expect(await night(none, 81 * day)).toEqual(['goneCounting anne (0 of 720 hours, 1 of 3)']);
  });

  test('a listing in which they may be does not count, and deletes nobody', async () => {
    await put(store, { users: { stays: {}, anna: { fullName: 'Anna A', distinguishedName: 'UID=1' } } });
    const none = listed('stays');
    expect(await night(none, 0)).toEqual(anna(0, 1));
    expect(await night([...none, unreadable], 40 * day)).toEqual(['unsure anna', 'skipped 2 ?: missing']);
    const other = { userName: 'anna', fullName: 'Other O', distinguishedName: 'UID=2' };
    expect(await night([...none, other], 41 * day)).toEqual(['doubt anna: contradictsName anna']);
    const bad = { userName: 'anna', fullName: 7 };
    expect(await night([...none, bad], 42 * day)).toEqual(['skipped 2 anna: wrongType']);
    expect(await night(none, 43 * day)).toEqual(anna(43 * 24, 2));
    expect(await night(none, 44 * day)).toEqual(['delete anna']);
  });

  test('with deletion off, the listings are counted, too', async () => {
    await put(store, users('anna'));
    const none = listed('stays');
    expect(await night(none, 0, false)).toEqual(['gone anna']);
    await night([...none, unreadable], day, false);
    await night(none, 2 * day, false);
    expect(await night(none, 31 * day)).toEqual(['delete anna']);
  });

  test('a doubt that is answered with --new deletes at once, and an admin is never deleted', async () => {
    const before = { distinguishedName: 'UID=1', fullName: 'Anna A' };
    await put(store, { users: { stays: {}, anna: before, boss: { privileges: ['admin'] } } });
    const other = { userName: 'anna', fullName: 'Other O', distinguishedName: 'UID=2' };
    await night(listed('stays'), 0);
    expect(
      await night([...listed('stays'), other], day, month, { answers: { same: [], new: ['anna'] } }),
    ).toEqual(['create anna by new', 'delete anna by new', 'admin boss']);
    for (const n of [40, 80, 120]) {
      expect(await night([...listed('stays'), other], n * day)).toEqual(['admin boss']);
    }
  });

  test('their name is taken until they are deleted', async () => {
    await put(store, { users: { stays: {}, anna: {}, bert: { distinguishedName: 'UID=1' } } });
    const listing = [...listed('stays'), { userName: 'anna', distinguishedName: 'UID=1' }];
    for (const n of [0, 1]) {
      expect(await night(listing, n)).toEqual(['nameTaken bert (anna: user)', ...anna(0, n + 1)]);
    }
    expect(await night(listing, 30 * day)).toEqual(['rename bert to anna', 'delete anna']);
  });

  test('runs that are no longer in the history have counted', async () => {
    await put(store, users('anna'));
    const none = listed('stays');
    await night(none, 0);
    await night(none, day);
    await query('delete from runs where id < (select max(id) from runs)');
    expect(await night(none, 2 * day)).toEqual(anna(48, 3));
    await query('delete from runs');
    expect(await night(none, 40 * day), 'without any, it takes longer').toEqual(anna(40 * 24, 1));
  });

  test('a clock that goes back never makes it sooner', async () => {
    await put(store, users('anna', 'bert'));
    const none = listed('stays');
    for (const n of [0, 1]) await night(listed('stays', 'bert'), n * day);
    expect(await night(listed('stays', 'bert'), -100 * day)).toEqual(anna(0, 3));
    expect(await night(listed('stays', 'bert'), 29 * day)).toEqual(anna(29 * 24, 4));
    await query(
      `update runs set committed_at = timestamptz '${new Date(start + 29 * day).toISOString()}' where id = (select max(id) from runs)`,
    );
    expect(await night(none, -400 * day)).toEqual([
      ...anna(0, 5),
      'goneCounting bert (0 of 720 hours, 1 of 3)',
    ]);
    const [bert] = await query(`select gone_since from users where name_key = 'bert'`);
    expect(bert).toEqual({ gone_since: new Date(start + 29 * day) });
  });

  /** The contract, for many people and nights: a memory of each, and no SQL. */
  test('people who come and go', async () => {
    const random = numbers(1);
    const names = Array.from({ length: 10 }, (_, i) => `p${i}`);
    const policy = { after: '5d', listings: 3 };
    const memory = new Map<string, { since: number; listings: number } | null>();
    await put(store, users(...names));
    for (const name of names) memory.set(name, null);
    let [at, deletions] = [0, 0];
    for (let n = 0; n < (kind === 'postgres' ? 16 : 6); n++) {
      at += (random(10) === 0 ? -random(10) : random(3)) * day + random(2) * hour;
      const isUnclear = random(8) === 0;
      const absent = new Set(names.filter((_, i) => random(10) < (i < 7 ? 6 : 9)));
      const skipped = new Set(names.filter(() => random(12) === 0));
      const expected: string[] = [];
      for (const name of names) {
        const known = memory.get(name);
        if (skipped.has(name)) continue;
        if (!absent.has(name)) {
          if (known === undefined) expected.push(`create ${name}`);
          memory.set(name, null);
          continue;
        }
        if (known === undefined) continue;
        const gone = known ?? { since: at, listings: 0 };
        memory.set(name, gone);
        if (isUnclear) {
          expected.push(`unsure ${name}`);
          continue;
        }
        gone.listings += 1;
        const age = Math.max(0, at - gone.since);
        if (age >= 5 * day && gone.listings >= 3) {
          memory.delete(name);
          deletions += 1;
          expected.push(`delete ${name}`);
        } else {
          expected.push(`goneCounting ${name} (${age / hour} of 120 hours, ${gone.listings} of 3)`);
        }
      }
      const listing = [
        ...listed('stays', ...names.filter((name) => !absent.has(name) && !skipped.has(name))),
        ...[...skipped].map((userName) => ({ userName, fullName: 7 })),
        ...(isUnclear ? [unreadable] : []),
      ];
      const plan = await night(listing, at, policy);
      expect(plan.filter((line) => !line.startsWith('skipped')).toSorted(), `night ${n}`).toEqual(
        expected.toSorted(),
      );
    }
    expect(deletions).toBeGreaterThan(kind === 'postgres' ? 2 : 0);
  });

  test('the first run that deletes somebody who is gone says so', async () => {
    await put(store, users('anna', 'bert'));
    const now = (listing: object[], mode: 'test' | 'now', limits = noLimits) => {
      directory.lists(listing);
      return runSync(store, directory.url, mode, { limits });
    };
    const blocking = { ...noLimits, deletions: { percent: null, atLeast: 0, count: 0 } };
    expect(await now(listed('stays', 'anna', 'bert'), 'now')).toMatchObject({ firstDeletions: false });
    expect(await now(listed('stays', 'bert'), 'now', blocking)).toMatchObject({
      firstDeletions: true,
      run: null,
    });
    expect(await now(listed('stays', 'bert'), 'test')).toMatchObject({ firstDeletions: true });
    expect(await now(listed('stays', 'bert'), 'now')).toMatchObject({ firstDeletions: true });
    expect(await now(listed('stays'), 'now')).toMatchObject({
      firstDeletions: false,
      counts: { deleted: 1 },
    });
  });
});

/** Whole numbers below a bound, always the same ones. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}
