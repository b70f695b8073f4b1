import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Notice } from '../../src/core/plan.ts';
import { all } from '../../src/database/query.ts';
import type { Store } from '../../src/database/store.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { Directory } from '../servers/directory.ts';
import { applyFile, linesOf, runSync, undoRun } from '../support/run.ts';
import { dump, put, type State } from '../support/state.ts';
import { serverKinds, newStore, thinned } from '../support/stores.ts';
import * as every from './every-change.ts';
import { listing, person } from './every-change.ts';

const never = new AbortController().signal;
const before: State = {
  ...every.before,
  users: { ...every.before.users, deleted: { ...person(5), privileges: ['login', 'export'] } },
};
const changed = ['updated', 'newname', 'kept', 'deleted', 'taken', 'fresh'];
const user = (name: string) => `(select id from users where name_key = '${name}')`;
const archive = (name: string) => `(select id from archives where name_key = '${name}')`;
const mail = `insert into messages (digest, raw) values (sha256('later'), 'later')`;
const arrives = (name: string) =>
  `${mail}; insert into archive_messages select ${archive(name)}, id from messages where raw = 'later'`;

/** What happens after the run, and whose change is left out for that, with what is told to differ. */
const later: [sql: string, leftOut: Record<string, string[]>][] = [
  ['select', {}],
  [`update users set full_name = 'Later' where name_key = 'updated'`, { updated: ['fullName'] }],
  [`update users set privileges = '{login,export}' where name_key = 'newname'`, { newname: ['privileges'] }],
  [
    `update users set user_name = 'x', name_key = 'x' where name_key = 'newname'; update archives set name = 'x', name_key = 'x' where name_key = 'newname'`,
    { newname: ['userName', 'archive'] },
  ],
  [`update users set authentication = 'integrated' where name_key = 'fresh'`, { fresh: ['authentication'] }],
  [
    `delete from archives where name_key = 'fresh'; delete from users where name_key = 'fresh'`,
    { fresh: ['user'] },
  ],
  [
    `insert into archive_access values (${archive('reader')}, ${user('fresh')}, '{read}')`,
    { fresh: ['access'] },
  ],
  [
    `insert into archive_access values (${archive('fresh')}, ${user('reader')}, '{read}')`,
    { fresh: ['access'] },
  ],
  [
    `update archive_access set privileges = '{read,write}' where user_id = ${user('fresh')}`,
    { fresh: ['access'] },
  ],
  [
    `insert into archive_access values (${archive('taken')}, ${user('byhand')}, '{read}')`,
    { taken: ['access'] },
  ],
  // Mail stays in the archive, which stays.
  [arrives('fresh'), {}],
  [arrives('taken'), { taken: ['mail'] }],
  [arrives('kept'), {}],
  [
    `delete from archives where name_key = 'byhand'; update archives set owner_id = ${user('byhand')}, last_owner = null where name_key = 'kept'`,
    { kept: ['archive'] },
  ],
  [`update archives set name = 'x', name_key = 'x' where name_key = 'kept'`, { kept: ['archive'] }],
  [
    `insert into users (user_name, name_key, authentication, privileges) values ('deleted', 'deleted', 'integrated', '{login}')`,
    { deleted: ['name'] },
  ],
  [
    `insert into users (user_name, name_key, authentication, privileges) values ('renamed', 'renamed', 'integrated', '{login}')`,
    { newname: ['name'] },
  ],
  [`insert into archives (name, name_key) values ('deleted', 'deleted')`, { deleted: ['name'] }],
  [
    `update archives set name = 'y', name_key = 'y' where name like 'newname (until%'`,
    { newname: ['archive'] },
  ],
];

describe.each(serverKinds)('on %s', (kind) => {
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
  const query = <T extends object>(sql: string) =>
    inTransaction(store, 'write', never, async (db) => ({ commit: true, value: await all<T>(db, sql) }));
  const start = async () => {
    await put(store, before);
    directory.lists(listing);
    const { run } = await runSync(store, directory.url, 'now');
    return run ?? 0;
  };

  test.each(thinned(kind, later))('after %s, nothing that came later is lost', async (sql, leftOut) => {
    const run = await start();
    const ran = await dump(store);
    await query(sql);
    const touched = await dump(store);
    const tested = await undoRun(store, run, 'test');
    expect(await dump(store)).toEqual(touched);
    const { items, counts } = await undoRun(store, run);
    expect(items).toEqual(tested.items);
    const after = await dump(store);
    const came = touched.filter((row) => !ran.includes(row));
    expect(came.filter((row) => !after.includes(row))).toEqual([]);
    const notices = items.filter((item): item is Notice => item.type === 'notice');
    expect(
      Object.fromEntries(
        notices.map(({ userName, data }) => [
          userName === 'x' ? 'newname' : userName,
          data && 'differs' in data ? data.differs : [],
        ]),
      ),
    ).toEqual(leftOut);
    expect(counts.laterChange).toBe(notices.length);
    expect(counts.created + counts.renamed + counts.updated + counts.deleted).toBe(
      changed.length - notices.length,
    );
  });

  describe('nobody gets mail of somebody who came in between', () => {
    const always = { options: { deleteUsers: true, renames: true, takeOver: 'always' } } as const;
    const night = async (...entries: object[]) => {
      directory.lists([{ userName: 'anchor' }, ...entries]);
      return (await runSync(store, directory.url, 'now', always)).run ?? 0;
    };
    const john = { userName: 'john', ...person(1) };
    const other = { userName: 'john', ...person(9) };
    const rita = { userName: 'rita', ...person(3) };
    const readers = async (name: string) =>
      (
        await query<{ user_name: string }>(
          `select user_name from archive_access join users on users.id = user_id where archive_id = ${archive(name)} order by 1`,
        )
      ).map((row) => row.user_name);
    const letter = (name: string, text: string) =>
      query(
        `with m as (insert into messages (digest, raw) values (sha256('${text}'), '${text}') returning id)
         insert into archive_messages select ${archive(name)}, id from m`,
      );
    beforeEach(() => put(store, { users: { anchor: {} } }));

    test('in an archive that had another owner since', async () => {
      await night(john);
      await letter('john', 'first');
      const left = await night();
      await night(other);
      await letter('john', 'second');
      await night();
      const { items } = await undoRun(store, left);
      expect(linesOf(items)).toEqual(['laterChange john (archive)']);
    });

    test('by access to an archive that has another owner by now', async () => {
      await night(john, rita);
      await letter('john', 'first');
      await query(`insert into archive_access values (${archive('john')}, ${user('rita')}, '{read}')`);
      const left = await night(john);
      await night();
      await night(other);
      await undoRun(store, left);
      expect(await readers('john')).toEqual(['john']);
      expect(await query(`select from users where name_key = 'rita'`)).toHaveLength(1);
    });

    test('by access that a takeover ended, once mail has come', async () => {
      await night(john, rita);
      await letter('john', 'first');
      await query(`insert into archive_access values (${archive('john')}, ${user('rita')}, '{read}')`);
      await night(rita);
      const taken = await night(rita, other);
      await letter('john', 'second');
      const { items } = await undoRun(store, taken);
      expect(linesOf(items)).toEqual(['laterChange john (mail)']);
      expect(await readers('john')).toEqual(['john']);
    });

    test('and neither of two is lost where a newcomer has the name and mail', async () => {
      await night(john);
      await letter('john', 'first');
      directory.lists([{ userName: 'anchor' }, { ...other, fullName: 'Zoe Quill' }]);
      const answers = { same: [], new: ['john'] };
      const { run } = await runSync(store, directory.url, 'now', { answers });
      await letter('john', 'second');
      const { items } = await undoRun(store, run ?? 0);
      expect(items.map(({ type }) => type)).toEqual(['notice', 'notice']);
      expect(await query(`select from users where distinguished_name = 'UID=9'`)).toHaveLength(1);
    });

    test('without a remark on who may read it again', async () => {
      await night(john, rita);
      await letter('john', 'first');
      await query(`insert into archive_access values (${archive('john')}, ${user('rita')}, '{read}')`);
      const left = await night(john);
      const { items } = await undoRun(store, left);
      expect(items.at(-1)).toEqual({
        ...{ type: 'remark', reason: 'accessReturns', count: 1 },
        examples: [{ userName: 'rita', archive: 'john' }],
      });
      expect(await readers('john')).toEqual(['john', 'rita']);
    });

    test('without a remark on an address that two have then', async () => {
      await night(john);
      const left = await night();
      await night({ ...rita, emailAddresses: john.emailAddresses });
      const { items } = await undoRun(store, left, 'test');
      expect(linesOf(items)).toEqual(['create john', 'remark sharedAddress 1']);
    });
  });

  test('a saved undo is planned anew when it is applied', async () => {
    const run = await start();
    const file = join(tmpdir(), `undo-${randomUUID()}.jsonl`);
    const untouched = await dump(store);
    const { items } = await undoRun(store, run, 'test', {}, file);
    expect(await dump(store)).toEqual(untouched);
    const applied = await applyFile(store, file);
    await rm(file);
    expect(applied.items).toEqual(items);
    expect(applied.counts.laterChange).toBe(0);
    await undoRun(store, applied.run ?? 0);
    expect((await dump(store)).length).toBe(untouched.length);
  });

  test('a run that was taken back has nothing more to take back', async () => {
    const run = await start();
    await undoRun(store, run);
    const after = await dump(store);
    const again = await undoRun(store, run);
    expect(linesOf(again.items).every((line) => line.startsWith('laterChange'))).toBe(true);
    expect(again.items).toHaveLength(changed.length);
    expect(await dump(store)).toEqual(after);
  });

  test('an undo is guarded by the limits', async () => {
    const run = await start();
    const untouched = await dump(store);
    const none = { percent: null, atLeast: 0, count: 0 };
    const blocked = await undoRun(store, run, 'now', { deletions: none, creations: none });
    expect(blocked.blocks.map(({ limit }) => limit)).toEqual(['deletions', 'creations']);
    expect(blocked.run).toBeNull();
    expect(await dump(store)).toEqual(untouched);
  });

  test('two runs are taken back one after the other', async () => {
    await put(store, before);
    const untouched = await dump(store);
    directory.lists(listing);
    const first = await runSync(store, directory.url, 'now');
    const between = await dump(store);
    directory.lists(listing.slice(1).map((entry) => ({ ...entry, fullName: `${entry.fullName} Jr` })));
    const second = await runSync(store, directory.url, 'now');
    // What the second run changed, too, stays as it is.
    const early = await undoRun(store, first.run ?? 0, 'test');
    expect(early.counts.laterChange).toBeGreaterThan(0);
    await undoRun(store, second.run ?? 0);
    expect(await dump(store)).toEqual(between);
    await undoRun(store, first.run ?? 0);
    expect(await dump(store)).toEqual(untouched);
  });

  test('a run of an older rollcall is refused', async () => {
    const run = await start();
    await query(`update run_changes set user_id = null where run_id = ${run}`);
    await expect(undoRun(store, run)).rejects.toThrow(`run ${run} cannot be taken back`);
    await expect(undoRun(store, run + 100)).rejects.toThrow('there is no run');
  });
});
