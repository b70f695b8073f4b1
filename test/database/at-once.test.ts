import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { prepare, read, write, writeBeside } from '../../src/database/access.ts';
import { openStore } from '../../src/database/open-store.ts';
import { all, one, run } from '../../src/database/query.ts';
import { relations, schemaState } from '../../src/database/schema/state.ts';
import type { Store } from '../../src/database/store.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { importMail } from '../../src/mail/import.ts';
import { administer } from '../servers/administer.ts';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { postgresSettings } from '../servers/postgres-settings.ts';
import { sourceOf } from '../support/mail.ts';
import { linesOf, runSync } from '../support/run.ts';
import { put } from '../support/state.ts';
import { actor } from '../support/stores.ts';

const never = new AbortController().signal;
const role = `stranger_${randomBytes(6).toString('hex')}`;

let database: Awaited<ReturnType<typeof createDatabase>>;
let stores: Store[];
const open = async () => {
  const store = await openStore(postgresSettings(database.url), actor);
  stores.push(store);
  return store;
};
/** A connection of another role. */
const connect = async () => {
  const url = new URL(database.url);
  [url.username, url.password] = [role, 'stranger'];
  url.searchParams.set('application_name', 'rollcall: process 1 on forged');
  const client = new pg.Client(url.href);
  await client.connect();
  return client;
};

beforeEach(async () => {
  database = await createDatabase();
  stores = [];
  await administer(inject('postgresUrl'), `create role ${role} login password 'stranger'`);
});

afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await database.drop();
  await administer(inject('postgresUrl'), `drop role ${role}`);
});

test.each(['', 'create schema rollcall'])('eight processes make the tables at once (%s)', async (before) => {
  if (before !== '') await administer(database.url, before);
  const eight = await Promise.all(Array.from({ length: 8 }, open));
  await Promise.all(eight.map((store) => prepare(store, never)));
  expect(await read(await open(), never, (db) => db('users').select('id'))).toEqual([]);
});

test('tables that are made after a test run began are those of another first run', async () => {
  const [first, second] = [await open(), await open()];
  const looked = inTransaction(first, 'temporary', never, async (db) => {
    // From here on, the transaction sees no other state.
    await db.raw('select 1');
    await prepare(second, never);
    return { commit: false, value: await schemaState(db, first) };
  });
  await expect(looked).rejects.toMatchObject({
    outcome: 'locked',
    message: expect.stringMatching(/^another process is creating the tables .*; run it again$/) as string,
  });
});

test('tables that appear between two looks are those of another first run', async () => {
  const [mine, other] = [await open(), await open()];
  const state = await inTransaction(mine, 'write', never, async (db) => {
    let looks = 0;
    const raw = async (sql: string, bindings: Knex.RawBinding[]) => {
      const result: unknown = await db.raw(sql, bindings);
      looks += 1;
      if (looks === 1) await prepare(other, never);
      return result;
    };
    const watched = new Proxy(db, {
      get: (target, key): unknown => (key === 'raw' ? raw : Reflect.get(target, key)),
    });
    return { commit: false, value: await schemaState(watched, mine) };
  });
  expect(state).toBe('current');
});

test('while a long first run makes the tables, another process gives up with 75', async () => {
  const [one, other] = [await open(), await open()];
  await write(one, never, async () => {
    await expect(prepare(other, never)).rejects.toMatchObject({
      outcome: 'locked',
      message: expect.stringMatching(/^another process is creating the tables of the database /) as string,
    });
  });
}, 60_000);

test('the lock is nothing that a stranger can hold, and its holder is told by what the server knows', async () => {
  const store = await open();
  await prepare(store, never);
  const stranger = await connect();
  await stranger.query('begin');
  // All that the landed version locked.
  await stranger.query('select pg_advisory_lock(1919904876, n) from generate_series(1, 100) n');
  await expect(stranger.query('select from rollcall.migrations for update')).rejects.toThrow(
    'permission denied',
  );
  await stranger.query('rollback');
  await administer(database.url, `grant usage on schema rollcall to ${role}`);
  await administer(database.url, `grant select on all tables in schema rollcall to ${role}`);
  await stranger.query('begin');
  await stranger.query('lock table rollcall.migrations, rollcall.runs in access share mode');
  await stranger.query('savepoint before');
  for (const lock of [
    'select from rollcall.migrations for update',
    'select from rollcall.migrations for key share',
    'lock table rollcall.migrations in row share mode',
    'lock table rollcall.migrations in exclusive mode',
  ]) {
    await expect(stranger.query(lock)).rejects.toThrow('permission denied');
    await stranger.query('rollback to before');
  }
  expect(await write(store, never, () => Promise.resolve('written'))).toBe('written');
  await stranger.end();

  const granted = await connect();
  await administer(database.url, `grant update on rollcall.migrations to ${role}`);
  await granted.query('begin');
  await granted.query('select from rollcall.migrations for update');
  const { rows } = await granted.query<{ pid: number }>('select pg_backend_pid() as pid');
  await expect(write(store, never, () => Promise.resolve())).rejects.toMatchObject({
    outcome: 'locked',
    message: expect.stringMatching(
      new RegExp(
        `is in use by "rollcall: process 1 on forged" \\(role ${role} from 127.0.0.1, server process ${rows[0]?.pid}\\), in a transaction since 20`,
      ),
    ) as string,
  });
  await granted.end();
});

test('a test of a role that may only read sees one state, whatever is committed meanwhile', async () => {
  const directory = await Directory.start();
  directory.lists([{ userName: 'anna' }, { userName: 'bert' }]);
  const owner = await open();
  await runSync(owner, directory.url, 'now');
  await administer(database.url, `grant usage on schema rollcall to ${role}`);
  await administer(database.url, `grant select on all tables in schema rollcall to ${role}`);
  const url = new URL(database.url);
  [url.username, url.password] = [role, 'stranger'];
  const reader = await openStore(postgresSettings(url.href), actor);
  stores.push(reader);
  await write(owner, never, async (db) => {
    // The lock is held, and what is not committed is not seen.
    await db('users').where({ user_name: 'anna' }).update({ full_name: 'Somebody' });
    expect(linesOf((await runSync(reader, directory.url, 'test')).items)).toEqual([]);
    await expect(runSync(owner, directory.url, 'test')).rejects.toMatchObject({ outcome: 'locked' });
  });
  expect(linesOf((await runSync(reader, directory.url, 'test')).items)).toEqual(['update anna']);
  await directory.stop();
});

/** A transaction that does something, and something else once it is told to. */
async function inSteps(store: Store, first: string, second: string) {
  let enter = () => undefined as unknown;
  let leave = () => undefined as unknown;
  const entered = new Promise((resolve) => (enter = () => resolve(null)));
  const mayLeave = new Promise((resolve) => (leave = () => resolve(null)));
  const ended = write(store, never, async (db) => {
    await db.raw(first);
    enter();
    await mayLeave;
    await db.raw(second);
  });
  await entered;
  return {
    end: async () => {
      leave();
      await ended;
    },
  };
}

const deleteAnna = `
  delete from archive_access; delete from archives where name_key = 'anna'; delete from users where name_key = 'anna'`;

test.each([
  ['before the import waits for it', deleteAnna, 'select'],
  ['while the import makes @catchall', `update archives set name = name where name_key = 'bert'`, deleteAnna],
])('mail that is imported while its user is deleted goes to nobody else: %s', async (_, first, second) => {
  const store = await open();
  await put(store, { users: { anna: { emailAddresses: ['anna@x'] }, bert: {} } });
  const deleting = await inSteps(store, first, second);
  const mail = ['To: anna@x\n\n', 'To: nobody@x\n\n'];
  const importing = importMail(await open(), sourceOf(mail), false, {}, never);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await deleting.end();
  expect(await importing).toMatchObject({ imported: 2, unclaimed: 2 });
});

test('imports of the same mail in another order at the same time do not deadlock', async () => {
  const mail = Array.from({ length: 600 }, (_, n) =>
    Buffer.from(`To: a@x\r\nSubject: ${n}\r\n\r\nhello\r\n`),
  );
  const four = await Promise.all(Array.from({ length: 4 }, open));
  await prepare(await open(), never);
  // So slow that they overlap.
  await administer(
    database.url,
    `create function rollcall.dawdle() returns trigger language plpgsql as
     $$begin perform pg_sleep(0.001); return new; end$$`,
  );
  await administer(
    database.url,
    'create trigger dawdle before insert on rollcall.messages for each row execute function rollcall.dawdle()',
  );
  const orders = [mail, mail.toReversed(), mail.toSorted(() => Math.random() - 0.5), mail.toReversed()];
  const counts = await Promise.all(
    four.map((store, n) => importMail(store, sourceOf(orders[n] ?? []), false, {}, never)),
  );
  expect(counts.reduce((sum, { imported }) => sum + imported, 0)).toBe(600);
  const stored = await read(await open(), never, (db) =>
    one<{ messages: number; links: number; deadlocks: number }>(
      db,
      `select (select count(*)::int from messages) as messages, (select count(*)::int from archive_messages) as links,
         deadlocks::int from pg_stat_database where datname = current_database()`,
    ),
  );
  expect(stored).toEqual({ messages: 600, links: 600, deadlocks: 0 });
});

test('a run waits for an import that is in the middle of a batch, and neither fails', async () => {
  const directory = await Directory.start();
  directory.lists([{ userName: 'anna' }, { userName: 'bert' }, { userName: 'carl' }]);
  const [owner, importer] = [await open(), await open()];
  await runSync(owner, directory.url, 'now');
  directory.lists([{ userName: 'carl' }]);
  let running: Promise<unknown> = Promise.resolve();
  const assign = (db: Knex.Transaction, name: string) =>
    run(
      db,
      `with made as (insert into messages (digest, raw) values (?, ?) returning id)
       insert into archive_messages (archive_id, message_id) select archives.id, made.id from archives, made where name = ?`,
      [Buffer.from(name), Buffer.from(name), name],
    );
  const waiting = 'select from pg_locks where not granted';
  await writeBeside(importer, never, async (db) => {
    await assign(db, 'bert');
    running = runSync(owner, directory.url, 'now');
    await expect.poll(async () => (await all(db, waiting)).length, { timeout: 10_000 }).toBeGreaterThan(0);
    await assign(db, 'anna');
  });
  await running;
  const archives = await read(owner, never, (db) =>
    all(
      db,
      `select name, owner_id is null as ownerless, (select count(*)::int from archive_messages where archive_id = id)
             as messages from archives where name not like '@%' order by name`,
    ),
  );
  expect(archives).toEqual([
    { name: 'anna', ownerless: true, messages: 1 },
    { name: 'bert', ownerless: true, messages: 1 },
    { name: 'carl', ownerless: false, messages: 0 },
  ]);
  await directory.stop();
});

test('what deadlocks is tried again', async () => {
  const [one, other] = [await open(), await open()];
  await prepare(one, never);
  await writeBeside(one, never, (db) =>
    run(db, `insert into archives (name, name_key) values ('a', 'a'), ('b', 'b')`),
  );
  let tries = 0;
  let bothHaveOne = () => undefined as unknown;
  const meeting = new Promise<void>((resolve) => (bothHaveOne = () => (tries === 2 ? resolve() : undefined)));
  const touch = (store: Store, ...names: string[]) =>
    writeBeside(store, never, async (db) => {
      await db('archives')
        .where({ name: names[0] })
        .update({ created_at: new Date(0) });
      tries += 1;
      bothHaveOne();
      await meeting;
      await db('archives')
        .where({ name: names[1] })
        .update({ created_at: new Date(0) });
    });
  await Promise.all([touch(one, 'a', 'b'), touch(other, 'b', 'a')]);
  expect(tries).toBe(3);
});

test('every table and index whose name is ours is refused in the schema of another program', async () => {
  const store = await open();
  await prepare(store, never);
  const named = await read(store, never, (db) =>
    all<{ name: string }>(
      db,
      `select relname as name from pg_class where relnamespace = 'rollcall'::regnamespace
       and relname !~ '_(pkey|key|seq)$' order by relname`,
    ),
  );
  expect(named.map(({ name }) => name)).toEqual(relations.toSorted());
});

test('every transaction that writes leaves a mark, for a day', async () => {
  const store = await open();
  await prepare(store, never);
  const marks = () => read(store, never, (db) => all<{ token: string }>(db, 'select token from commits'));
  const [first] = await marks();
  await writeBeside(store, never, (db) =>
    run(db, `update commits set made_at = now() - interval '25 hours'`),
  );
  await writeBeside(store, never, () => Promise.resolve());
  const left = await marks();
  expect(left).toHaveLength(2);
  expect(left).not.toContainEqual(first);
});
