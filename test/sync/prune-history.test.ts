import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { read, write } from '../../src/database/access.ts';
import { all, run } from '../../src/database/query.ts';
import type { Store } from '../../src/database/store.ts';
import { pruneHistory } from '../../src/sync/prune-history.ts';
import { Directory } from '../servers/directory.ts';
import { runSync, type Overrides } from '../support/run.ts';
import { put } from '../support/state.ts';
import { serverKinds, newStore } from '../support/stores.ts';

const never = new AbortController().signal;
const day = 86_400_000;
const keep: Overrides = { options: { deleteUsers: false, renames: true, takeOver: 'agreed' } };

describe.each(serverKinds)('on %s', (kind) => {
  let store: Store;
  let directory: Directory;
  let remove: () => Promise<void>;
  /** The first run of the test is number 1. */
  let first: number;
  beforeAll(async () => {
    directory = await Directory.start();
    ({ store, remove } = await newStore(kind));
  });
  afterAll(async () => {
    await directory.stop();
    await remove();
  });
  beforeEach(async () => {
    await put(store, {});
    first = 0;
  });

  /** A run that was committed so many days ago, at an hour. */
  const ran = async (days: number, hour: number, ...names: string[]) => {
    directory.lists(names.map((userName) => ({ userName })));
    const { run: id } = await runSync(store, directory.url, 'now', keep);
    first ||= id ?? 0;
    await write(store, never, (db) =>
      run(
        db,
        `update runs set committed_at = date_trunc('day', now() at time zone 'UTC') at time zone 'UTC'
           - make_interval(days => ?, hours => ?) where id = ?`,
        [days, -hour, id],
      ),
    );
  };
  const left = () =>
    read(store, never, (db) =>
      all<{ id: number }>(db, 'select (id - ?)::float8 + 1 as id from runs order by id', [first]),
    ).then((rows) => rows.map(({ id }) => id));
  const prune = (days: number, commit = true) =>
    (commit ? write : read)(store, never, (db) => pruneHistory(db, days * day, commit));

  test('of old runs without changes, the last of each day stays, and every run with changes', async () => {
    await ran(40, 1, 'a', 'b');
    await ran(40, 2, 'a', 'b');
    await ran(40, 3, 'a', 'b');
    await ran(39, 1, 'a', 'b');
    // b is marked as gone, and back.
    await ran(39, 2, 'a');
    await ran(39, 3, 'a');
    await ran(39, 4, 'a', 'b');
    await ran(39, 5, 'a', 'b');
    await ran(10, 1, 'a', 'b');
    await ran(10, 2, 'a', 'b');
    expect(await prune(30, false)).toEqual({ runs: 3, attempts: 0, kept: 7 });
    expect(await left()).toHaveLength(10);
    expect(await prune(30)).toEqual({ runs: 3, attempts: 0, kept: 7 });
    expect(await left()).toEqual([1, 3, 5, 7, 8, 9, 10]);
    expect(await prune(30)).toEqual({ runs: 0, attempts: 0, kept: 7 });
  });

  test('the newest run and the highest number of a listing stay, and all go on counting', async () => {
    await ran(40, 1, 'a', 'b');
    await ran(40, 2, 'a');
    await ran(40, 3, 'a');
    await ran(40, 4, 'a');
    // Such as an undo, which has no listing.
    await write(store, never, (db) =>
      run(
        db,
        `insert into runs (started_at, committed_at, actor, version, options, counts)
         select now(), committed_at + interval '1 hour', actor, version, options, counts from runs order by id desc limit 1`,
      ),
    );
    const numbers = () =>
      read(store, never, (db) =>
        all(
          db,
          `select (select max(listing) from runs)::int as listing, (select gone_listing from users where user_name = 'b')::int as gone`,
        ),
      );
    const before = await numbers();
    expect(await prune(0)).toMatchObject({ runs: 1 });
    expect(await left()).toEqual([1, 2, 4, 5]);
    expect(await numbers()).toEqual(before);
  });

  test('old attempts go', async () => {
    await ran(40, 1, 'a');
    await write(store, never, (db) =>
      run(
        db,
        `insert into attempts (started_at, ended_at, actor, command, outcome, exit_code, reasons)
         select now(), now() - make_interval(days => d), 'x@y', 'sync now', 'failed', 1, '[]' from unnest('{10,40}'::int[]) d`,
      ),
    );
    expect(await prune(30)).toEqual({ runs: 0, attempts: 1, kept: 1 });
    expect(await prune(300_000)).toEqual({ runs: 0, attempts: 0, kept: 1 });
  });
});
