import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { administer } from '../servers/administer.ts';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { parseLines, Workplace } from '../support/cli.ts';

const people = (n: number) => Array.from({ length: n }, (_, i) => ({ userName: `user${i}` }));

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

const configure = (store: object = { url: database.url }, more: object = {}, url = directory.url) =>
  workplace.configure({ directory: { url, retries: 0 }, database: store, ...more });

const status = async (options = '') => {
  const { code, stdout, stderr } = await workplace.run(`status --format json ${options}`.trim());
  expect(stderr).toBe('');
  const [, found, summary] = parseLines(stdout);
  expect(summary).toMatchObject({ type: 'summary', exitCode: code });
  expect(found).toMatchObject({ type: 'status', healthy: code === 0 });
  return found;
};

test('the embedded store has the same to tell', async () => {
  configure({ embedded: 'store' });
  directory.lists(people(20));
  await workplace.run('sync now');
  directory.lists([]);
  await workplace.run('sync now');
  expect(await status()).toMatchObject({
    ...{ open: ['blocked'], lastRun: { outcome: 'blocked' }, lastSuccess: { run: 1 } },
    failures: { count: 1, outcome: 'blocked', reasons: [{ limit: 'emptyList' }] },
  });
});

describe('it follows', () => {
  test('from the first run to a week of failures, and back', async () => {
    configure(undefined, { options: { deleteUsers: true } });
    expect(await status()).toMatchObject({ open: ['never'], lastRun: null, lastSuccess: null, schema: null });
    directory.lists(people(20));
    await workplace.run('sync now');
    expect(await status()).toMatchObject({
      open: [],
      lastRun: { outcome: 'done' },
      lastSuccess: { run: 1 },
      ageSeconds: expect.any(Number) as number,
      failures: { count: 0, since: null, outcome: null, reasons: [] },
      gone: { users: 0, since: null },
      ...{ doubts: 0, skipped: 0, held: 0, certificateExpiresAt: null, untold: null, schema: '0006-health' },
    });
    directory.lists(people(5));
    await workplace.run('sync now');
    const first = await status();
    await workplace.run('sync now');
    const second = await status();
    expect(second).toMatchObject({
      open: ['blocked'],
      lastRun: { outcome: 'blocked' },
      lastSuccess: { run: 1 },
      failures: { count: 2, outcome: 'blocked', reasons: [{ limit: 'overlap' }, { limit: 'deletions' }] },
    });
    const since = (found: typeof first) => (found?.['failures'] as { since: string }).since;
    expect(since(second)).toBe(since(first));
    directory.answers((_, response) => response.writeHead(500).end());
    await workplace.run('sync now');
    expect(await status()).toMatchObject({ open: ['failing'], failures: { count: 3, outcome: 'failed' } });
    const { stdout } = await workplace.run('status');
    expect(stdout).toMatch(
      /^WARNING: 3 runs in a row did not succeed, since \S+ \S+ \S+; the last one failed: http:.* answered 500; .*\n {2}last run /,
    );
    directory.lists(people(20));
    await workplace.run('sync now');
    expect(await status()).toMatchObject({ open: [], failures: { count: 0 }, lastSuccess: { run: 2 } });
  });

  test('what waits for somebody: doubts, held deletions, users who are gone', async () => {
    configure(undefined, {
      options: { deleteUsers: true },
      limits: { deletions: { atLeast: 0, percent: 0, onExceeded: 'hold' }, overlap: { percent: 0 } },
    });
    directory.lists([{ userName: 'ann', fullName: 'Ann Able' }, { userName: 'bob' }]);
    await workplace.run('sync now');
    directory.lists([{ userName: 'ann', fullName: 'Other Person' }]);
    expect((await workplace.run('sync now')).code).toBe(7);
    expect(await status()).toMatchObject({
      open: ['held', 'doubts'],
      lastRun: { outcome: 'held' },
      ...{ doubts: 1, held: 1, gone: { users: 1, since: expect.stringMatching(/Z$/) as string } },
    });
    expect((await workplace.run('status')).stdout).toMatch(
      /^WARNING: 1 deletion is held; 1 entry is in doubt\n/,
    );
  });
});

test('a success that is too old, which an undo is not', async () => {
  configure();
  directory.lists(people(3));
  await workplace.run('sync now');
  await administer(database.url, `update rollcall.runs set started_at = now() - interval '27 hours'`);
  await workplace.run('undo now 1 --max-deletes 3');
  expect(await status()).toMatchObject({ open: ['tooOld'], lastSuccess: { run: 1 } });
  expect(await status('--max-age 28h')).toMatchObject({ open: [] });
  expect((await workplace.run('status')).stdout).toMatch(
    /^WARNING: the last listing that was synchronized is from 27 hours ago\n/,
  );
  expect((await workplace.run('status --max-age never')).code).toBe(64);
});

test('the certificate of the directory', async () => {
  const read = (name: string) => readFileSync(join('test/servers/certificates', name), 'utf8');
  const secure = await Directory.start({ key: read('server.key'), cert: read('server.crt') });
  workplace.configure({
    directory: { url: secure.url, tls: { ignoreWarnings: true } },
    database: { url: database.url },
  });
  secure.lists(people(1));
  await workplace.run('sync now');
  await secure.stop();
  const { certificateExpiresAt } =
    (await workplace.run('status --format json -q').then(({ stdout }) => parseLines(stdout)[1])) ?? {};
  expect(Date.parse(String(certificateExpiresAt))).toBeGreaterThan(Date.now());
  await administer(
    database.url,
    `update rollcall.runs set certificate_expires_at = now() + interval '13 days'`,
  );
  const { code, stdout } = await workplace.run('status -q');
  expect(code).toBe(1);
  expect(stdout).toMatch(/^WARNING: the certificate of the directory expires on 20/);
  // A directory without one has none that expires.
  configure();
  directory.lists(people(1));
  await workplace.run('sync now');
  expect(await status()).toMatchObject({ open: [], certificateExpiresAt: null });
});

test('the view says the same, to a role that may only read', async () => {
  configure();
  directory.lists(people(3));
  await workplace.run('sync now');
  directory.lists([]);
  await workplace.run('sync now');
  const [row] = await administer(database.url, 'select * from rollcall.health');
  expect(row).toMatchObject({
    failures: 1,
    failing_outcome: 'blocked',
    open: ['blocked'],
    last_success: '1',
  });
});

test('a database that cannot be read is a failure', async () => {
  configure({ url: 'postgres://postgres@127.0.0.1:1/none' });
  expect(await workplace.run('status')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^rollcall: database .*REFUSED/) as string,
  });
});
