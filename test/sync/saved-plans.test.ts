import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SavedFile } from '../../src/cli/saved-file.ts';
import { RollcallError } from '../../src/core/errors.ts';
import { all } from '../../src/database/query.ts';
import type { Store } from '../../src/database/store.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { createRunTables } from '../../src/sync/run-tables.ts';
import { loadRows } from '../../src/sync/saved-rows.ts';
import { expectStanding, standingTable } from '../../src/sync/standing.ts';
import { Directory } from '../servers/directory.ts';
import { applyFile, noLimits, runSync, undoRun, type Overrides } from '../support/run.ts';
import { complete, dump, put, read, recorded, type State } from '../support/state.ts';
import { kinds, newStore, thinned } from '../support/stores.ts';
import { cases, onThisDay } from './cases.ts';
import * as every from './every-change.ts';
import { person } from './every-change.ts';

const never = new AbortController().signal;
const before: State = { ...every.before, users: { same: person(1), ...every.before.users } };
const listing = [{ userName: 'same', ...person(1) }, ...every.listing];

describe.each(kinds)('on %s', (kind) => {
  let store: Store;
  let directory: Directory;
  let remove: () => Promise<void>;
  let folder: string;
  let file: string;
  beforeAll(async () => {
    directory = await Directory.start();
    ({ store, remove } = await newStore(kind));
    folder = await mkdtemp(join(tmpdir(), 'plans-'));
    file = join(folder, 'plan.jsonl');
  });
  afterAll(async () => {
    await directory.stop();
    await remove();
    await rm(folder, { recursive: true });
  });

  const query = (sql: string) =>
    inTransaction(store, 'write', never, async (db) => ({ commit: true, value: await all<object>(db, sql) }));
  const tables = [
    'users',
    'archives',
    'archive_access',
    'archive_messages',
    'messages',
    'runs',
    'run_changes',
  ];
  const everything = async () =>
    JSON.stringify(
      await query(
        tables.map((table) => `select to_jsonb(t) as row from ${table} t`).join(' union all ') +
          ' order by 1',
      ),
    );
  const save = async (settings: Overrides = {}) => {
    await put(store, before);
    directory.lists(listing);
    return runSync(store, directory.url, 'test', settings, file);
  };

  test.each(thinned(kind, cases, 4))('rule $rule', async (one) => {
    const { before: state, listing: entries, settings, plan, after = state } = onThisDay(one);
    await put(store, state);
    const untouched = await dump(store);
    directory.lists(entries);
    const { items } = await runSync(store, directory.url, 'test', settings, file);
    directory.lists([]);
    const applied = await applyFile(store, file, settings);
    expect(applied.items).toEqual(items);
    expect(await read(store)).toEqual(complete(after));
    const changes = items.filter((item) => item.type === 'change');
    expect(await recorded(store, applied.run ?? 0)).toEqual(changes);
    expect(plan.length).toBeGreaterThanOrEqual(changes.length);

    const undone = await undoRun(store, applied.run ?? 0);
    expect(undone.counts.laterChange).toBe(0);
    expect(await dump(store)).toEqual(untouched);
    await undoRun(store, undone.run ?? 0);
    expect(await read(store)).toEqual(complete(after));
  });

  test('a plan is applied once', async () => {
    await save();
    const { run } = await applyFile(store, file);
    const after = await everything();
    const again = applyFile(store, file);
    await expect(again).rejects.toMatchObject({
      outcome: 'stale',
      message: expect.stringContaining(`applied before, as run ${String(run)};`) as string,
    });
    expect(await everything()).toBe(after);
  });

  /** A change of one row, and whether the plan touches or needs it. */
  const touches: [sql: string, matters: boolean][] = [
    ...['updated', 'renamed', 'kept', 'deleted', 'back', 'admin'].flatMap((name): [string, boolean][] =>
      [
        `full_name = 'other'`,
        `distinguished_name = 'UID=0', dn_key = 'UID=0'`,
        `dn_key = 'other'`,
        `email_addresses = '{other@x}', address_keys = '{other@x}'`,
        `address_keys = '{}'`,
        `privileges = '{login,export}'`,
        `authentication = 'integrated'`,
        `gone_since = now() - interval '1 hour'`,
        `gone_listing = 99`,
        `user_name = 'other'`,
        `user_name = 'other', name_key = 'other'`,
      ].map((change) => [`update users set ${change} where name_key = '${name}'`, true]),
    ),
    [`update users set updated_at = now() where name_key = 'updated'`, false],
    ...['same', 'byhand'].map((name): [string, boolean] => [
      `update users set full_name = 'other' where name_key = '${name}'`,
      false,
    ]),
    ...['fresh', 'newname'].map((name): [string, boolean] => [
      `insert into users (user_name, name_key, authentication, privileges) values ('${name}', '${name}', 'integrated', '{login}')`,
      true,
    ]),
    [
      `insert into users (user_name, name_key, authentication, privileges, dn_key) values ('x', 'x', 'directoryServices', '{login}', 'UID=3')`,
      false,
    ],
    [
      `insert into users (user_name, name_key, authentication, privileges, dn_key)
       select 'x', 'x', 'directoryServices', '{login}', dn_key from users where name_key = 'renamed'`,
      true,
    ],
    [`insert into archives (name, name_key) values ('fresh', 'fresh')`, true],
    [`insert into archives (name, name_key) values ('elsewhere', 'elsewhere')`, false],
    ...['kept', 'deleted', 'renamed', 'newname', 'taken'].flatMap((name): [string, boolean][] => [
      [`update archives set name = 'other' where name_key = '${name}'`, true],
      [`update archives set name = 'other', name_key = 'other' where name_key = '${name}'`, true],
      [
        `delete from archives where name_key = 'byhand'; update archives set owner_id = (select id from users where name_key = 'byhand') where name_key = '${name}'`,
        true,
      ],
    ]),
    [`update archives set owner_id = null where name_key = 'kept'`, true],
    [`update archives set last_owner = null where name_key = 'taken'`, true],
    [
      `delete from archive_access where archive_id = (select id from archives where name_key = 'taken')`,
      true,
    ],
    [
      `update archive_access set privileges = '{read,write}' where archive_id = (select id from archives where name_key = 'deleted')`,
      true,
    ],
    [
      `insert into archive_access select a.id, u.id, '{read}' from archives a, users u where a.name_key = 'same' and u.name_key = 'deleted'`,
      true,
    ],
    [
      `insert into archive_messages select (select id from archives where name_key = 'deleted'), min(id) from messages`,
      true,
    ],
    [
      `delete from archive_messages where archive_id = (select id from archives where name_key = 'kept')`,
      true,
    ],
    // More mail where there is some: nothing else happens to it.
    [
      `insert into archive_messages select a.id, max(m.id) from archives a, messages m where a.name_key = 'kept' group by a.id on conflict do nothing`,
      false,
    ],
    [`delete from users where name_key = 'updated'`, true],
    [`delete from users where name_key = 'byhand'`, false],
  ];

  test('a plan fits until a row is touched that it touches or needs', async () => {
    await save();
    const saved = await SavedFile.open(file);
    const wrong = await inTransaction(store, 'write', never, async (db) => {
      const wrong: string[] = [];
      await createRunTables(db, true);
      await db.raw(standingTable);
      await loadRows(db, saved.rows(), false);
      for (const [sql, matters] of touches) {
        await db.raw('savepoint untouched');
        await db.raw(sql);
        const fits = await expectStanding(db, false).then(
          () => true,
          (error: unknown) => (error as { outcome?: string }).outcome !== 'stale',
        );
        if (fits === matters) wrong.push(sql);
        await db.raw('rollback to untouched');
      }
      return { commit: false, value: wrong };
    });
    await saved.close();
    expect(wrong).toEqual([]);
  });

  test.each([
    [`update users set full_name = 'X' where name_key = 'same'`, 'applied'],
    [`update users set full_name = 'X' where name_key = 'kept'`, 'stale'],
    [`insert into archives (name, name_key) values ('fresh', 'fresh')`, 'stale'],
  ])('after %s it is %s', async (sql, outcome) => {
    await save();
    await query(sql);
    const touched = await everything();
    const applied = applyFile(store, file).then(
      () => 'applied',
      (error: unknown) => (error as { outcome?: string }).outcome,
    );
    expect(await applied).toBe(outcome);
    expect((await everything()) === touched).toBe(outcome === 'stale');
  });

  test('the refusal names the rows and what differs in them', async () => {
    await save();
    await query(`update users set privileges = '{login,export}', full_name = 'X' where name_key = 'kept'`);
    await query(`delete from users where name_key = 'updated'`);
    await query(`insert into archives (name, name_key) values ('fresh', 'fresh')`);
    await expect(applyFile(store, file)).rejects.toThrow(
      'the saved plan no longer fits, and nothing was changed: 4 rows differ: the user kept (full_name, privileges); ' +
        'the user updated is no longer there; the archive fresh is new; the archive updated (owner_id); ' +
        'make a new one with "rollcall sync test --save"',
    );
  });

  test.each<[Overrides & { maxAge?: number }, string]>([
    [{ scope: { include: [], exclude: [{ userName: 'x' }] } }, 'scope.exclude differs'],
    [
      { options: { deleteUsers: false, renames: true, takeOver: 'always' } },
      'options.deleteUsers, options.takeOver differ',
    ],
    [
      { defaultPrivileges: { user: ['login', 'export'], archive: ['read'] } },
      'defaultPrivileges.user differs',
    ],
    [{ maxAge: -1 }, 'longer ago than --max-age allows'],
  ])('refused with other settings: %j', async (settings, reason) => {
    await save();
    const untouched = await everything();
    await expect(applyFile(store, file, settings)).rejects.toMatchObject({
      outcome: 'stale',
      message: expect.stringContaining(reason) as string,
    });
    expect(await everything()).toBe(untouched);
  });

  test('refused in another user database, and in another schema', async () => {
    await save();
    const other = await newStore(kind);
    try {
      await put(other.store, before);
      await expect(applyFile(other.store, file)).rejects.toThrow('made for another user database');
    } finally {
      await other.remove();
    }
  });

  test('the limits hold when it is applied, not when it is saved', async () => {
    const limits = { ...noLimits, deletions: { percent: null, atLeast: 0, count: 1 } };
    const { blocks } = await save({ limits });
    expect(blocks).toHaveLength(1);
    const untouched = await everything();
    expect(await applyFile(store, file, { limits })).toMatchObject({ run: null, blocks });
    expect(await everything()).toBe(untouched);
    expect(await applyFile(store, file)).toMatchObject({ blocks: [] });
  });
});

describe('a file', () => {
  let folder: string;
  let file: string;
  let bytes: Buffer;
  let store: Store;
  let remove: () => Promise<void>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plans-'));
    file = join(folder, 'plan.jsonl');
    const directory = await Directory.start();
    ({ store, remove } = await newStore('postgres'));
    await put(store, { users: { anna: {} } });
    directory.lists([{ userName: 'anna', fullName: 'Anna' }]);
    await runSync(store, directory.url, 'test', {}, file);
    await directory.stop();
    bytes = await readFile(file);
  });
  afterAll(async () => {
    await remove();
    await rm(folder, { recursive: true });
  });

  const opens = async (content: Uint8Array) => {
    const path = join(folder, 'changed.jsonl');
    await writeFile(path, content);
    return SavedFile.open(path).then(
      async (plan) => {
        await plan.close();
        return 'opened';
      },
      (error: unknown) => (error as Error).message,
    );
  };

  test('with a single byte changed is refused', async () => {
    expect(await opens(bytes)).toBe('opened');
    const accepted: number[] = [];
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed[i] = (bytes[i] ?? 0) ^ (1 << (i % 8));
      if (!/was changed|is not a saved plan/.test(await opens(changed))) accepted.push(i);
    }
    expect(accepted).toEqual([]);
  });

  /** With the digest that it would have. */
  const forged = (text: string) => {
    const [, digest = ''] = /"digest":"(sha256:[0-9a-f]{64})"/.exec(text) ?? [];
    const right = createHash('sha256').update(text.replace(digest, '')).digest('hex');
    return text.replace(digest, `sha256:${right}`);
  };

  test.each<[string, (text: string) => string]>([
    ['an option', (text) => text.replace('"options":{', '"options":{"\\u001b[31mred":1,')],
    ['a database', (text) => text.replace(/"database":"/g, '"database":"\\u001b[31m')],
    ['a member', (text) => text.replace('"state":{', '"state":{"\\u001b[31mred":1,')],
    ['a table', (text) => text.replace('"table":"plan"', '"table":"\\u001b[31mplan"')],
  ])('with a name that a terminal would act on, of %s, is refused without it', async (what, change) => {
    const path = join(folder, 'forged.jsonl');
    const text = forged(change(what === 'a database' ? unbound(bytes.toString()) : bytes.toString()));
    expect(text).not.toBe(bytes.toString());
    await writeFile(path, text);
    const refused: unknown = await applyFile(store, path).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RollcallError);
    expect((refused as Error).message).toContain('\\u{1b}[31m');
    expect((refused as Error).message).not.toContain('\u001b');
  });

  /** Made before there were tables: then it is bound to its database by the name. */
  const unbound = (text: string) => text.replace(/"installation":"[^"]*"/, '"installation":null');

  test('cut or with something added is refused', async () => {
    const lines = bytes.toString().split('\n');
    const others = [
      ...Array.from({ length: 60 }, (_, i) => bytes.subarray(0, Math.floor((i * bytes.length) / 60))),
      Buffer.concat([bytes, Buffer.from('\n')]),
      Buffer.from(lines.toSpliced(-3, 1).join('\n')),
      Buffer.from(bytes.toString().replaceAll('\n', '\r\n')),
    ];
    for (const other of others) expect(await opens(other)).toMatch(/was changed|is not a saved plan/);
  });
});
