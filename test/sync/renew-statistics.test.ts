import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../src/database/open-store.ts';
import { one, run } from '../../src/database/query.ts';
import type { Store } from '../../src/database/store.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { administer } from '../servers/administer.ts';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { postgresSettings } from '../servers/postgres-settings.ts';
import { runSync } from '../support/run.ts';
import { put } from '../support/state.ts';
import { actor, kinds, newStore } from '../support/stores.ts';

const never = new AbortController().signal;
const people = (count: number) => Array.from({ length: count }, (_, i) => ({ userName: `user${i}` }));

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
  beforeEach(() => put(store, {}));

  const write = (sql: string) =>
    inTransaction(store, 'write', never, async (db) => ({ commit: true, value: await run(db, sql) }));
  const estimate = async (table: string) => {
    const sql = `select reltuples::int as rows from pg_class where oid = '${table}'::regclass`;
    const { rows } = await inTransaction(store, 'readOnly', never, async (db) => ({
      commit: false,
      value: await one<{ rows: number }>(db, sql),
    }));
    return rows;
  };
  const sync = (listing: object[]) => {
    directory.lists(listing);
    return runSync(store, directory.url, 'now');
  };

  test('Postgres knows how many users there are after a run that made many, and not after each', async () => {
    // The first run makes the indexes, which count the rows, too.
    await sync(people(1));
    await write('analyze users, archives');
    await sync(people(40));
    expect(await estimate('users')).toBe(1);
    await sync(people(400));
    expect([await estimate('users'), await estimate('archives')]).toEqual([400, 400]);
    await sync(people(420));
    expect(await estimate('users')).toBe(400);
  });
});

test('whoever maintains a table is not waited for, and a role that does not own it is not warned', async () => {
  const directory = await Directory.start();
  const { url, name, drop } = await createDatabase();
  const owner = await openStore(postgresSettings(url), actor);
  const address = new URL(url);
  address.username = name;
  address.password = 'secret';
  const warnings: string[] = [];
  const writer = await openStore(postgresSettings(address.href), actor, (message) => warnings.push(message));
  try {
    directory.lists(people(1));
    await runSync(owner, directory.url, 'now');
    await inTransaction(owner, 'write', never, async (db) => {
      await db.raw('lock table users in share update exclusive mode');
      directory.lists(people(400));
      expect((await runSync(owner, directory.url, 'now')).counts.created).toBe(399);
      return { commit: false, value: undefined };
    });
    await administer(
      url,
      `create role ${name} login password 'secret';
       grant usage on schema rollcall to ${name};
       grant all on all tables in schema rollcall to ${name};
       grant all on all sequences in schema rollcall to ${name}`,
    );
    directory.lists(people(900));
    expect((await runSync(writer, directory.url, 'now')).counts.created).toBe(500);
    expect(warnings).toEqual([]);
  } finally {
    await directory.stop();
    await writer.close();
    await owner.close();
    await administer(url, `drop owned by ${name}; drop role ${name}`);
    await drop();
  }
});
