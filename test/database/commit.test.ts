import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { read, write } from '../../src/database/access.ts';
import { openStore } from '../../src/database/open-store.ts';
import { all } from '../../src/database/query.ts';
import type { Store } from '../../src/database/store.ts';
import { CommitProxy } from '../faults/proxy.ts';
import { createDatabase } from '../servers/database.ts';
import { postgresSettings } from '../servers/postgres-settings.ts';
import { actor } from '../support/stores.ts';

const never = new AbortController().signal;

let database: Awaited<ReturnType<typeof createDatabase>>;
let store: Store;
let proxy: CommitProxy;

beforeAll(async () => {
  database = await createDatabase();
  proxy = await CommitProxy.start(database.url);
  store = await openStore(postgresSettings(proxy.relay.through(database.url)), actor);
  await write(store, never, () => Promise.resolve());
});

afterAll(async () => {
  await store.close();
  await proxy.relay.stop();
  await database.drop();
});

const add = (name: string) => write(store, never, (db) => db('archives').insert({ name, name_key: name }));

const isThere = (name: string) =>
  read(store, never, async (db) => (await db('archives').where({ name }).select('id')).length === 1);

/** The socket of the next connection that the pool opens. */
function nextSocket(): Promise<Socket> {
  const pool = store.knex.client as { acquireRawConnection: () => Promise<unknown> };
  const open = pool.acquireRawConnection;
  return new Promise((resolve) => {
    pool.acquireRawConnection = async () => {
      pool.acquireRawConnection = open;
      const client = await open();
      resolve((client as { connection: { stream: Socket } }).connection.stream);
      return client;
    };
  });
}

test.each(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'EPROTO', 'ERR_SSL_BAD_RECORD_TYPE', 'ETIMEDOUT'])(
  'a commit that was made before the connection failed with %s is not denied',
  async (code) => {
    await store.knex.destroy();
    store.knex.initialize();
    const opened = nextSocket();
    const adding = add(code);
    const socket = await opened;
    const send = socket.write.bind(socket);
    socket.write = (bytes: Buffer) => {
      if (/^Q[^]{4}commit/i.test(bytes.toString('latin1'))) {
        // The server answers, but nobody hears it.
        socket.removeAllListeners('data');
        setTimeout(() => socket.destroy(Object.assign(new Error(`read ${code}`), { code })), 100);
      }
      return send(bytes);
    };
    await adding;
    expect(await isThere(code)).toBe(true);
  },
);

test.each(['before', 'after', 'unanswered', 'stranded'] as const)(
  'a connection lost at COMMIT (%s): what is said is true, and the lock is free',
  async (loss) => {
    void proxy.lose(loss, 'open');
    const began = Date.now();
    const failure: unknown = await add(loss).catch((error: unknown) => error);
    const isCommitted = loss === 'after' || loss === 'unanswered';
    expect(await isThere(loss)).toBe(isCommitted);
    if (!isCommitted)
      expect(failure).toMatchObject({ message: expect.stringMatching(/; nothing was written$/) as string });
    expect(await write(store, never, () => Promise.resolve('next'))).toBe('next');
    expect(Date.now() - began).toBeLessThan(20_000);
  },
);

test('an answer of the server is no reason to ask', async () => {
  const began = Date.now();
  const failing = write(store, never, (db) =>
    all(
      db,
      `set constraints all deferred; insert into archives (name, name_key) values ('x', 'x'), ('x', 'x')`,
    ),
  );
  await expect(failing).rejects.toMatchObject({ code: '23505' });
  expect(Date.now() - began).toBeLessThan(2_000);
});

test('what the server warns of is passed on, in one line', async () => {
  const warned: string[] = [];
  const listening = await openStore(postgresSettings(database.url), actor, (message) => warned.push(message));
  await write(listening, never, (db) =>
    db.raw(
      `do $$begin raise notice 'a notice'; raise warning E'a\\nwarning' using detail = 'its detail'; end$$`,
    ),
  );
  await listening.close();
  expect(warned).toEqual([
    expect.stringMatching(/^database 127\.0\.0\.1:\d+\/test_\w+: a\S+warning; its detail$/),
  ]);
});
