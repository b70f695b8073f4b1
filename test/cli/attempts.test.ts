import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { administer } from '../servers/administer.ts';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { parseLines, start, Workplace } from '../support/cli.ts';
import { kinds } from '../support/stores.ts';

const people = (n: number) => Array.from({ length: n }, (_, i) => ({ userName: `user${i}` }));
const options = { deleteUsers: true };

let directory: Directory;
let workplace: Workplace;
let database: Awaited<ReturnType<typeof createDatabase>>;

beforeAll(async () => {
  directory = await Directory.start();
});
afterAll(() => directory.stop());
beforeEach(async () => {
  workplace = new Workplace();
  database = await createDatabase();
});
afterEach(async () => {
  workplace.remove();
  await database.drop();
});

const configure = (store: object = { url: database.url }, url = directory.url) => {
  workplace.configure({ directory: { url, retries: 0 }, database: store, options });
};
const attempts = async () =>
  parseLines((await workplace.run('history --format json')).stdout).filter(({ type }) => type === 'attempt');

describe.each(kinds)('on %s', (kind) => {
  const store = () => (kind === 'postgres' ? { url: database.url } : { embedded: 'store' });
  beforeEach(async () => {
    configure(store());
    directory.lists(people(20));
    await workplace.run('sync now');
  });

  test('a blocked run is in the history with its blocks, and a test is not', async () => {
    directory.lists(people(5));
    expect((await workplace.run('sync test')).code).toBe(3);
    expect(await attempts()).toEqual([]);
    expect((await workplace.run('sync now')).code).toBe(3);
    expect(await attempts()).toEqual([
      {
        type: 'attempt',
        startedAt: expect.stringMatching(/Z$/) as string,
        endedAt: expect.stringMatching(/Z$/) as string,
        actor: expect.stringContaining('@') as string,
        command: 'sync now',
        outcome: 'blocked',
        exitCode: 3,
        reasons: [
          expect.objectContaining({ limit: 'overlap', changes: 5, stored: 20 }),
          expect.objectContaining({ limit: 'deletions', option: '--max-deletes 15' }),
        ],
        untold: null,
      },
    ]);
    const { stdout } = await workplace.run('history');
    expect(stdout).toMatch(
      /^ {5}- {2}20.{17} [+-]\d{4} {2}\S+@\S+ {2}sync now blocked: .*\n {5}1 {2}.* {2}20 created\n$/,
    );
  });

  test.runIf(kind === 'postgres')('a failed run is in the history with its message', async () => {
    directory.answers((_, response) => response.writeHead(500).end('oops'));
    const { code, stderr } = await workplace.run('sync now');
    expect(code).toBe(1);
    expect(await attempts()).toMatchObject([
      { outcome: 'failed', exitCode: 1, reasons: [{ code: null, message: stderr.slice(10, -1) }] },
    ]);
    expect((await workplace.run('history --limit 1')).stdout).toMatch(/^ {5}-.*sync now failed: .*500.*\n$/);
  });
});

test('a plan that cannot be applied is in the history', async () => {
  configure();
  directory.lists(people(2));
  await workplace.run('sync test --save plan.jsonl');
  await workplace.run('sync now');
  expect((await workplace.run('plan apply plan.jsonl')).code).toBe(6);
  expect((await workplace.run('plan apply none.jsonl')).code).toBe(1);
  expect(await attempts()).toMatchObject([
    { command: 'plan apply', outcome: 'failed' },
    { command: 'plan apply', outcome: 'stale', exitCode: 6 },
  ]);
});

test('what was typed or configured wrongly, and what was interrupted, is not', async () => {
  configure();
  directory.lists(people(2));
  await workplace.run('sync now');
  expect((await workplace.run('sync now --same nobody')).code).toBe(64);
  directory.answers(() => undefined);
  const { child, ended } = start(['sync', 'now'], { cwd: workplace.folder });
  setTimeout(() => child.kill('SIGTERM'), 3_000);
  const began = Date.now();
  expect((await ended).code).toBe(143);
  expect(Date.now() - began).toBeLessThan(6_000);
  workplace.configure({ directory: { url: 'nonsense' }, database: { url: database.url } });
  expect((await workplace.run('sync now')).code).toBe(78);
  configure();
  expect(await attempts()).toEqual([]);
});

test('no tables and no store are made for it', async () => {
  directory.answers((_, response) => response.writeHead(500).end('oops'));
  configure();
  expect((await workplace.run('sync now')).code).toBe(1);
  expect(
    await administer(database.url, `select 1 as there from pg_namespace where nspname = 'rollcall'`),
  ).toEqual([]);
  configure({ embedded: 'store' });
  expect((await workplace.run('sync now')).code).toBe(1);
  expect(existsSync(join(workplace.folder, 'store', 'data'))).toBe(false);
});

test('a table that cannot be written to changes neither message nor exit code, and costs a moment', async () => {
  configure();
  directory.lists(people(2));
  await workplace.run('sync now');
  directory.answers((_, response) => response.writeHead(500).end('oops'));
  const known = await workplace.run('sync now');
  await administer(database.url, 'alter table rollcall.attempts rename to attempts_of_others');
  expect(await workplace.run('sync now')).toEqual(known);
  expect((await workplace.run('sync now -v')).stderr).toContain('this is not in the history: ');
  await administer(database.url, 'alter table rollcall.attempts_of_others rename to attempts');
  const lock = administer(
    database.url,
    'begin; lock table rollcall.attempts; select pg_sleep(20); rollback',
  ).catch(() => undefined);
  const began = Date.now();
  expect(await workplace.run('sync now')).toEqual(known);
  expect(Date.now() - began).toBeLessThan(10_000);
  await administer(
    database.url,
    `select pg_terminate_backend(pid) from pg_stat_activity where query like 'begin; lock%' and pid <> pg_backend_pid()`,
  );
  await lock;
  // A database that is away is not asked again.
  configure({ url: 'postgres://postgres@127.0.0.1:1/none' });
  expect((await workplace.run('sync now')).stderr).toMatch(/^rollcall: database .*\n$/);
});
