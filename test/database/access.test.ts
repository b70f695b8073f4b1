import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { listUsers } from '../../src/accounts/users.ts';
import { verifyLogin } from '../../src/accounts/verify-login.ts';
import { openDirectory } from '../../src/directory/open-directory.ts';
import { prepare, read, write, writeBeside } from '../../src/database/access.ts';
import { readCursor } from '../../src/database/cursor.ts';
import { DatabaseError } from '../../src/database/failure.ts';
import { openStore } from '../../src/database/open-store.ts';
import { all, one, run } from '../../src/database/query.ts';
import type { Store } from '../../src/database/store.ts';
import { resolveArchives } from '../../src/mail/resolve.ts';
import { listRuns } from '../../src/sync/run-history.ts';
import { administer } from '../servers/administer.ts';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { postgresSettings } from '../servers/postgres-settings.ts';
import { look } from '../support/look.ts';
import { directorySettings, linesOf, runSync } from '../support/run.ts';
import { actor, kinds, newStore } from '../support/stores.ts';

const never = new AbortController().signal;

describe.each(kinds)('on %s', (kind) => {
  let store: Store;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    ({ store, remove } = await newStore(kind));
  });

  afterAll(() => remove());

  /** Whether there is no schema. */
  const isEmpty = () =>
    look(
      store,
      never,
      async (db) =>
        (await one<{ none: boolean }>(db, `select to_regnamespace('rollcall') is null as none`)).none,
    );

  test('an empty database reads as empty, and stays so', async () => {
    expect(await read(store, never, (db) => listUsers(db, {}))).toEqual([]);
    expect(await read(store, never, (db) => listRuns(db, 9))).toEqual([]);
    expect(await resolveArchives(store, ['a@x'], never)).toMatchObject({ archives: ['@catchall'] });
    const directory = openDirectory(directorySettings('http://127.0.0.1:9/'));
    await expect(verifyLogin(store, directory, 'anna', 'secret', never)).rejects.toThrow('refused');
    expect(await isEmpty()).toBe(true);
  });

  test('what fails while writing says that nothing was written, and whoever knows better says that', async () => {
    const failure = await write(store, never, (db) => run(db, 'select 1 / 0')).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(DatabaseError);
    expect(failure).toMatchObject({ outcome: 'failed', code: '22012', hint: null });
    const { message } = failure as DatabaseError;
    expect(message).toMatch(/^database .*: division by zero \(22012\); nothing was written$/);
    expect((failure as DatabaseError).whileStays('half of it stays').message).toMatch(
      /: division by zero \(22012\); half of it stays$/,
    );
    expect(await isEmpty()).toBe(true);
  });

  test('whoever reads cannot write', async () => {
    await write(store, never, () => Promise.resolve());
    const reading = read(store, never, (db) => db('users').delete());
    await expect(reading).rejects.toMatchObject({ code: '25006' });
  });

  test.each(['select 1 as "a - b" from nowhere', `insert into nowhere select ' - ' as note, ' - '`])(
    'an error holds no part of the statement: %s',
    async (sql) => {
      const failing = read(store, never, (db) => db.raw(sql));
      await expect(failing).rejects.toThrow(/^database .*: relation "nowhere" does not exist \(42P01\)$/);
    },
  );

  test('an error holds no part of a statement that the builder made', async () => {
    const failing = read(store, never, (db) => db('nowhere').where({ secret: 'canary' }));
    await expect(failing).rejects.toThrow(/^database .*: relation "nowhere" does not exist \(42P01\)$/);
  });

  test('two cursors are read at once, beside other statements, and one that is broken off is closed', async () => {
    const numbers = 'select n from generate_series(1, 2500) as n';
    const found = await read(store, never, async (db) => {
      const sums = [0, 0];
      const other = readCursor<{ n: number }>(db, numbers);
      for await (const rows of readCursor<{ n: number }>(db, numbers)) {
        sums[0] = rows.reduce((sum, { n }) => sum + n, sums[0] ?? 0);
        await db.raw('select 1');
        const { value } = (await other.next()) as { value: { n: number }[] };
        sums[1] = value.reduce((sum, { n }) => sum + n, sums[1] ?? 0);
      }
      for await (const rows of readCursor<{ n: number }>(db, numbers)) {
        expect(rows).toHaveLength(1_000);
        break;
      }
      await other.return(undefined);
      return { sums, open: (await all(db, "select from pg_cursors where name <> ''")).length };
    });
    expect(found).toEqual({ sums: [3_126_250, 3_126_250], open: 0 });
  });

  test('whoever gives up waiting for a connection does not keep it', async () => {
    const controller = new AbortController();
    const connections = kind === 'postgres' ? 2 : 1;
    const wait = () => new Promise<void>((resolve) => setTimeout(resolve, 200));
    const holders = Array.from({ length: connections }, () => look(store, never, wait));
    setTimeout(() => controller.abort(new Error('enough')), 50);
    const waiting = look(store, controller.signal, () => Promise.resolve());
    await expect(waiting).rejects.toThrow('enough');
    await Promise.all(holders);
    expect(await look(store, never, () => Promise.resolve('read'))).toBe('read');
  });

  test('an aborted run leaves the store usable', async () => {
    const directory = await Directory.start();
    directory.lists([{ userName: 'anna' }]);
    const controller = new AbortController();
    const slow = look(store, controller.signal, async (db) => {
      setTimeout(() => controller.abort(new Error('enough')), 100);
      await db.raw(`select count(*) from generate_series(1, 1000000000)`);
    });
    await expect(slow).rejects.toThrow('enough');
    expect(linesOf((await runSync(store, directory.url, 'now')).items)).toEqual(['create anna']);
    expect(await read(store, never, (db) => listUsers(db, {}))).toMatchObject([{ userName: 'anna' }]);
    await directory.stop();
  });
});

test('tables of others in the schema are refused by name and not touched', async () => {
  const { url, drop } = await createDatabase();
  await administer(url, `create schema rollcall create table users (id int) create table runs (id bigint)`);
  const store = await openStore(postgresSettings(url), actor);
  const directory = await Directory.start();
  directory.lists([{ userName: 'anna' }]);
  const attempts = [
    () => read(store, never, (db) => listUsers(db, {})),
    () => resolveArchives(store, ['a@x'], never),
    () => runSync(store, directory.url, 'test'),
    () => runSync(store, directory.url, 'now'),
    () => prepare(store, never),
  ];
  for (const attempt of attempts) {
    await expect(attempt()).rejects.toThrow(
      /^the schema rollcall of the database .* contains tables that are not rollcall's, or were not restored whole \(runs, users\); set database.schema to another schema, or restore it again$/,
    );
  }
  await directory.stop();
  await store.close();
  await drop();
});

test('who writes keeps other writers out, and neither readers nor those who write beside', async () => {
  const { url, drop } = await createDatabase();
  const open = () => openStore(postgresSettings(url), actor);
  const [one, other] = [await open(), await open()];
  await prepare(one, never);
  await write(one, never, async () => {
    await expect(write(other, never, () => Promise.resolve())).rejects.toMatchObject({ outcome: 'locked' });
    await prepare(other, never);
    expect(await writeBeside(other, never, (db) => db('users').where({ id: 0 }).delete())).toBe(0);
    expect(await read(other, never, (db) => listUsers(db, {}))).toEqual([]);
  });
  await Promise.all([one.close(), other.close()]);
  await drop();
});

test('reading takes no more than the documented rights, and none to make a schema', async () => {
  const server = inject('postgresUrl');
  const { url, name, drop } = await createDatabase();
  const role = `reader_${randomBytes(6).toString('hex')}`;
  await administer(url, `create role ${role} login password 'reader'`);
  await administer(url, `revoke create on database ${name} from public`);
  const as = (user: string) => {
    const address = new URL(url);
    if (user !== '') [address.username, address.password] = [user, 'reader'];
    return openStore(postgresSettings(address.href), actor);
  };
  const [reader, owner] = [await as(role), await as('')];
  const directory = await Directory.start();
  directory.lists([{ userName: 'anna' }]);
  try {
    expect(await read(reader, never, (db) => listUsers(db, {}))).toEqual([]);
    expect(linesOf((await runSync(reader, directory.url, 'test')).items)).toEqual(['create anna']);
    const writing = runSync(reader, directory.url, 'now');
    await expect(writing).rejects.toThrow(
      /permission denied .*\(42501\); the role lacks a privilege.*; nothing was written$/,
    );

    await runSync(owner, directory.url, 'now');
    const grants = `grant usage on schema rollcall to ${role}; grant select on all tables in schema rollcall to ${role}`;
    await administer(url, grants);
    expect(await read(reader, never, (db) => listUsers(db, {}))).toMatchObject([{ userName: 'anna' }]);
    expect(linesOf((await runSync(reader, directory.url, 'test')).items)).toEqual([]);
  } finally {
    await directory.stop();
    await Promise.all([reader.close(), owner.close()]);
    await drop();
    await administer(server, `drop role ${role}`);
  }
});
