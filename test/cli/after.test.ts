import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { administer } from '../servers/administer.ts';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { Hook } from '../servers/hook.ts';
import { parseLines, start, Workplace } from '../support/cli.ts';
import { hostile } from '../support/pages.ts';

const people = (n: number) =>
  Array.from({ length: n }, (_, i) => ({ userName: `user${i}`, fullName: `No ${i}` }));
const secret = '/T0/B0/s3cr3t';

let directory: Directory;
let hook: Hook;
let workplace: Workplace;
let database: Awaited<ReturnType<typeof createDatabase>>;

beforeAll(async () => {
  directory = await Directory.start();
});
afterAll(() => directory.stop());
beforeEach(async () => {
  hook = await Hook.start();
  workplace = new Workplace();
  database = await createDatabase();
  directory.lists(people(20));
});
afterEach(async () => {
  await hook.stop();
  workplace.remove();
  await database.drop();
});

const configure = (after: object, store: object = { url: database.url }) =>
  workplace.configure({
    directory: { url: directory.url, retries: 0 },
    database: store,
    options: { deleteUsers: true },
    after,
  });
const webhook = (more: object = {}) => ({ webhook: { url: hook.url + secret, ...more } });
const oops = () => directory.answers((_, response) => response.writeHead(500).end('oops'));
const run = async (command: string) => (await workplace.run(command)).code;

test('a webhook is told what changes for the worse, and its end, and nothing twice', async () => {
  configure(webhook());
  expect(await run('sync now')).toBe(0);
  expect(hook.news()).toEqual([]);
  directory.lists(people(5));
  expect([await run('sync test'), await run('sync now'), await run('sync now')]).toEqual([3, 3, 3]);
  expect(hook.heard[0]?.headers).toMatchObject({ 'content-type': 'application/json' });
  expect(JSON.parse(hook.heard[0]?.body ?? '')).toMatchObject({
    schemaVersion: 2,
    text: expect.stringMatching(
      /^rollcall sync now, `\S+`: BLOCKED, nothing was written\n`only 5 of 20 .*`\n`it would delete 15 .*--max-deletes 15`$/,
    ) as string,
    events: ['blocked'],
    summary: {
      command: 'sync now',
      outcome: 'blocked',
      exitCode: 3,
      committed: false,
      run: null,
      error: null,
      blocks: [{ limit: 'overlap' }, { limit: 'deletions', option: '--max-deletes 15' }],
    },
    doubts: [],
  });
  expect(hook.news()).toEqual([['blocked']]);
  oops();
  expect([await run('sync now'), await run('sync now')]).toEqual([1, 1]);
  expect(hook.heard[0]?.body).toContain('answered 500');
  expect(hook.news()).toEqual([['failed']]);
  directory.lists(people(20));
  expect([await run('sync now'), await run('sync now')]).toEqual([0, 0]);
  expect(hook.heard[0]?.body).toContain('no longer: blocked, failed; all is well');
  expect(hook.news()).toEqual([['recovered']]);
});

test('a webhook names who is in doubt, and nobody can speak through a name', async () => {
  configure(webhook({ on: ['doubt', 'changed'] }));
  directory.lists([
    { userName: 'ann', fullName: 'Ann Able', emailAddresses: ['able@example.com'] },
    { userName: hostile, fullName: 'One', emailAddresses: ['one@example.com'] },
  ]);
  await run('sync now');
  expect(hook.news()).toEqual([['changed']]);
  const name = '`@channel <!here> [x](http://evil.example) &';
  directory.lists([
    { userName: 'ann', fullName: 'Bob Other', emailAddresses: ['other@example.com'] },
    { userName: hostile, fullName: 'One', emailAddresses: ['one@example.com'] },
    { userName: name, fullName: 'New' },
  ]);
  await run('sync now');
  const { text, doubts } = JSON.parse(hook.heard[0]?.body ?? '') as { text: string; doubts: object[] };
  expect(text).toContain('in doubt: `ann`\nrun 2: 1 created');
  expect(doubts).toMatchObject([
    { userName: 'ann', answers: [{ option: '--same ann' }, { option: '--new ann' }] },
  ]);
  expect(hook.news()).toEqual([['doubt', 'changed']]);
  directory.lists([
    { userName: 'ann', fullName: 'Bob Other', emailAddresses: ['other@example.com'] },
    { userName: hostile, fullName: 'Two', emailAddresses: ['two@example.com'] },
    { userName: name, fullName: 'Other', emailAddresses: ['x@example.com'] },
  ]);
  await run('sync now');
  const body = hook.heard.find(({ body }) => body.includes('"doubt"'))?.body ?? '';
  // Within a code span nothing is a mention or a link; only a backtick could end it.
  const said = (JSON.parse(body) as { text: string }).text.split('\n')[1] ?? '';
  expect(said.replace(/^in doubt: /, '').replace(/`[^`]*`/g, '')).toMatch(/^[, ]*$/);
  expect(said).not.toMatch(/[<>]/);
});

describe('nothing of it changes how a run ends', () => {
  test.each([
    ['that redirects', [302], /127\.0\.0\.1:\d+ answered 302\n/],
    ['that never answers', [null], /did not answer within 1 s\n/],
    ['that is always busy', [503], /answered 503\n/],
  ])('a webhook and a ping %s', async (_, answers, message) => {
    hook.answers = answers;
    configure({
      ...webhook({ timeout: '1s', on: ['blocked', 'success'], headers: { 'X-Key': 'k3y' } }),
      ping: { success: `${hook.url}${secret}`, failure: `${hook.url}${secret}/fail`, timeout: '1s' },
      metrics: { file: '/nonexistent/rollcall.prom' },
    });
    const began = Date.now();
    const first = await workplace.run('sync now');
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('Committed as run 1') as string });
    directory.lists(people(4));
    expect(await run('sync now')).toBe(3);
    expect(Date.now() - began).toBeLessThan(30_000);
    expect(hook.heard.map(({ path }) => path)).not.toContain('/elsewhere');
    directory.lists(people(20));
    const { stderr } = await workplace.run('sync now --quiet', { env: { DEBUG: '*' } });
    expect(stderr).toMatch(message);
    expect(stderr).toContain('after.metrics failed: its folder does not exist\n');
    expect(stderr).not.toMatch(/s3cr3t|k3y/);
    const [last] = parseLines((await workplace.run('history --format json')).stdout).filter(
      ({ type }) => type === 'run',
    );
    expect((last?.['untold'] as { what: string }[]).map(({ what }) => what).sort()).toEqual([
      'metrics',
      'ping',
      'webhook',
    ]);
    expect((await workplace.run('history --limit 1')).stdout).toContain('; after.metrics failed: ');
    const status = await workplace.run('status');
    expect(status.code).toBe(1);
    expect(status.stdout).toMatch(/^WARNING: .*after\.webhook failed: /);
  });

  test('what could not be told is told by the next run', async () => {
    configure(webhook());
    await run('sync now');
    directory.lists([]);
    hook.answers = [404, 200];
    expect([await run('sync now'), await run('sync now'), await run('sync now')]).toEqual([3, 3, 3]);
    expect(hook.news()).toEqual([['blocked'], ['blocked']]);
  });

  test('a failure that passes is tried again', async () => {
    configure(webhook({ on: ['success'] }));
    hook.answers = [503, 429, 200];
    expect((await workplace.run('sync now')).stderr).toBe('');
    expect(hook.news()).toEqual([['success'], ['success'], ['success']]);
  });
});

test('pings tell success and failure apart, and who interrupts a run is not told', async () => {
  configure({ ping: { success: `${hook.url}/ok`, failure: `${hook.url}/fail` } });
  await run('sync now');
  await run('sync test');
  oops();
  await run('sync now');
  directory.lists([]);
  await run('sync now');
  await run('sync now --same nobody');
  expect(hook.news()).toEqual(['/ok', '/fail', '/fail']);
  directory.answers(() => undefined);
  const { child, ended } = start(['sync', 'now'], { cwd: workplace.folder });
  setTimeout(() => child.kill('SIGTERM'), 3_000);
  expect((await ended).code).toBe(143);
  expect(hook.news()).toEqual([]);
});

test('a database that is away is told, and that it is back', async () => {
  configure({ ...webhook(), ping: { failure: `${hook.url}/fail` } });
  await run('sync now');
  const answer = (yes: boolean) =>
    administer(inject('postgresUrl'), `alter database ${database.name} allow_connections ${yes}`);
  await answer(false);
  expect([await run('sync now'), await run('sync now')]).toEqual([1, 1]);
  expect(hook.news().sort()).toEqual(['/fail', '/fail', ['failed']]);
  await answer(true);
  expect([await run('sync now'), await run('sync now')]).toEqual([0, 0]);
  expect(hook.news()).toEqual([['recovered']]);
});

test('the embedded store is free while a webhook does not answer', async () => {
  configure(webhook({ on: ['success'], timeout: '20s' }), { embedded: 'store' });
  hook.answers = [null];
  const { child, ended } = start(['sync', 'now'], { cwd: workplace.folder });
  while (hook.heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await workplace.run('users list')).toMatchObject({ code: 0, stderr: '' });
  child.kill('SIGKILL');
  await ended;
});

describe('TLS is as strict as for the directory', () => {
  const certificates = 'test/servers/certificates';
  const read = (name: string) => readFileSync(join(certificates, name), 'utf8');
  let secure: Hook;
  beforeAll(async () => {
    secure = await Hook.start({ key: read('server.key'), cert: read('server.crt') });
  });
  afterAll(() => secure.stop());

  test('an unknown authority is refused, and one that is trusted is not', async () => {
    const at = { webhook: { url: secure.url, on: ['success'] } };
    configure(at);
    expect((await workplace.run('sync now')).stderr).toMatch(
      /^rollcall: after\.webhook failed: .* \(\w*SIG\w*\)\n/,
    );
    writeFileSync(join(workplace.folder, 'ca.pem'), read('authority.crt'));
    configure({ ...at, tls: { caFile: 'ca.pem' } });
    expect((await workplace.run('sync now')).stderr).toBe('');
    expect(secure.news()).toEqual([['success']]);
  });
});

test('metrics are for others to read, whole at any time, and remember the last success', async () => {
  configure({ metrics: { file: 'rollcall.prom' } });
  const file = join(workplace.folder, 'rollcall.prom');
  const metrics = () =>
    Object.fromEntries(
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => line.split(' ') as [string, string]),
    );
  expect(await run('sync test')).toBe(0);
  expect(existsSync(file)).toBe(false);
  await run('sync now');
  const first = metrics();
  expect(first).toMatchObject({
    rollcall_last_run_exit_code: '0',
    rollcall_directory_entries: '20',
    'rollcall_last_run_items{kind="create"}': '20',
  });
  const [began, ended] = ['rollcall_last_success_timestamp_seconds', 'rollcall_last_run_timestamp_seconds'];
  expect(Number(first[began])).toBeLessThanOrEqual(Number(first[ended]));
  expect(Math.abs(Date.now() / 1_000 - Number(first['rollcall_last_run_timestamp_seconds']))).toBeLessThan(
    60,
  );
  expect(statSync(file).mode & 0o777).toBe(0o644);
  const before = statSync(file).ino;
  oops();
  await run('sync now');
  expect(statSync(file).ino).not.toBe(before);
  expect(metrics()).toMatchObject({
    rollcall_last_run_exit_code: '1',
    rollcall_last_success_timestamp_seconds: first['rollcall_last_success_timestamp_seconds'],
  });
  expect(metrics()).not.toHaveProperty('rollcall_directory_entries');
});

test('runs beside each other, and a table that is gone, change nothing', async () => {
  configure(webhook({ on: ['success'] }));
  await run('sync now');
  await administer(database.url, 'alter table rollcall.told rename to told_of_others');
  expect(await workplace.run('sync now')).toMatchObject({ code: 0, stderr: '' });
  expect(hook.news()).toEqual([['success'], ['success']]);
});

test('an old plan does not end an alarm about the directory', async () => {
  configure({ ...webhook(), metrics: { file: 'm.prom' }, ping: { success: `${hook.url}/ok` } });
  await run('sync now');
  const success = () =>
    /^rollcall_last_success_timestamp_seconds (.*)$/m.exec(
      readFileSync(join(workplace.folder, 'm.prom'), 'utf8'),
    )?.[1];
  directory.lists([...people(20), { userName: 'one more' }]);
  await run('sync test --save plan.jsonl');
  oops();
  await run('sync now');
  expect(hook.news()).toEqual(['/ok', ['failed']]);
  const before = Number(success());
  const began = Date.now() / 1_000;
  expect(await run('plan apply plan.jsonl')).toBe(0);
  expect(hook.news()).toEqual([]);
  expect(Number(success())).toBeLessThan(began);
  expect(Number(success())).toBeGreaterThan(before);
  expect((await workplace.run('status')).stdout).toMatch(/^WARNING: the last run failed: /);
  // What was at work or too old is no failure of the synchronization.
  expect(await run('plan apply plan.jsonl')).toBe(6);
  directory.lists(people(21));
  await run('sync now --max-updates 100%');
  expect(await run('plan apply plan.jsonl')).toBe(6);
  expect((await workplace.run('status')).stdout).toMatch(/^OK: /);
  expect(hook.news()).toEqual([['recovered'], '/ok']);
});

test('nothing that somebody puts in its place keeps a run from ending', async () => {
  configure({ metrics: { file: 'm.prom' } });
  execFileSync('mkfifo', [join(workplace.folder, 'm.prom')]);
  const began = Date.now();
  expect(await workplace.run('sync now')).toMatchObject({ code: 0, stderr: '' });
  expect(Date.now() - began).toBeLessThan(30_000);
  expect(statSync(join(workplace.folder, 'm.prom')).isFile()).toBe(true);
});

test('what the directory says is not passed on', async () => {
  configure(webhook());
  directory.answers((_, response) => response.end('[{"userName": "user0", "fullName": "Perso'));
  const { stderr } = await workplace.run('sync now');
  expect(stderr).toContain('user0');
  expect(hook.heard[0]?.body).toContain('did not answer with a complete JSON array');
  expect(hook.heard[0]?.body).not.toContain('user0');
});

test('a service remembers in the folder that systemd gives it', async () => {
  const env = { STATE_DIRECTORY: workplace.folder };
  configure(webhook(), { url: 'postgres://postgres@127.0.0.1:1/none' });
  await workplace.run('sync now', { env });
  await workplace.run('sync now', { env: { ...env, TMPDIR: workplace.folder } });
  expect(hook.news()).toEqual([['failed']]);
});
