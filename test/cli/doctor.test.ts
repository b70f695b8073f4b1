import { readdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { administer } from '../servers/administer.ts';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { silentServer } from '../health/patients.ts';
import { parseLines, start, Workplace } from '../support/cli.ts';

let directory: Directory;
let database: Awaited<ReturnType<typeof createDatabase>>;
let workplace: Workplace;

beforeAll(async () => {
  directory = await Directory.start();
  directory.lists([{ userName: 'anna' }]);
  database = await createDatabase();
});
afterAll(async () => {
  await directory.stop();
  await database.drop();
});
beforeEach(() => {
  workplace = new Workplace();
});
afterEach(() => workplace.remove());

const checksOf = (stdout: string, grade: string) =>
  parseLines(stdout).flatMap((line) => (line['grade'] === grade ? [line['check']] : []));

test('nothing is wrong', async () => {
  workplace.configure({ directory: { url: directory.url }, database: { url: database.url } });
  const text = await workplace.run('doctor');
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout).toMatch(/^ {2}✓ ok {6}configuration file {6}rollcall\.yaml is valid\n/);
  expect(text.stdout).toMatch(/\n17 ok, 1 skipped\n$/);
  const json = await workplace.run('doctor --format json');
  expect(json).toMatchObject({ code: 0, stderr: '' });
  const lines = parseLines(json.stdout);
  expect(lines[0]).toMatchObject({ type: 'header', command: 'doctor' });
  expect(lines.at(-1)).toMatchObject({
    ...{ type: 'summary', outcome: 'done', exitCode: 0 },
    counts: { ok: 17, warning: 0, failed: 0, skipped: 1 },
  });
  expect(checksOf(json.stdout, 'skipped')).toEqual(['databaseLocks']);
});

test('an embedded store is not made', async () => {
  workplace.configure({ directory: { url: directory.url } });
  const { code, stdout } = await workplace.run('doctor');
  expect(code).toBe(0);
  expect(stdout).toContain('rollcall-data does not exist yet');
  expect(readdirSync(workplace.folder)).toEqual(['rollcall.yaml']);
});

test.each([
  ['-c missing.yaml', {}, ['there is no configuration file missing.yaml']],
  [
    '',
    { directory: { urk: 'x' }, database: { url: 'postgres://u:canary@[' } },
    ['unknown key "urk"', 'database.url'],
  ],
])('a configuration that is not valid %s', async (options, config, says) => {
  workplace.configure(config);
  const { code, stdout, stderr } = await workplace.run(`doctor ${options}`.trim());
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  for (const words of says) expect(stdout).toContain(words);
  expect(stdout).not.toContain('canary');
  expect(stdout).toMatch(/- skipped directory .*\n.*- skipped database /);
});

test('no secret is told, whatever fails', async () => {
  const url = new URL(database.url);
  url.password = 'canary-1';
  const authentication = { userName: 'svc', password: 'canary-2' };
  workplace.configure({
    directory: { url: `${directory.url}?key=canary-3`, authentication },
    database: { url: url.href },
    after: {
      webhook: { url: 'http://127.0.0.1:9/canary-4', headers: { key: 'canary-5' } },
      ping: { success: 'http://nowhere.invalid/canary-6?key=canary-7' },
    },
  });
  directory.answers((_, response) => response.writeHead(401).end());
  const { code, stdout, stderr } = await workplace.run('doctor --verbose');
  directory.lists([{ userName: 'anna' }]);
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /✗ failed {2}after webhook .*127\.0\.0\.1:9: [^]*✗ failed {2}after ping .*nowhere\.invalid/,
  );
  expect(stdout + stderr).not.toContain('canary');
});

test('all that is dead is given up within a minute, and at once when somebody interrupts', async () => {
  const silent = await silentServer();
  const at = `127.0.0.1:${silent.port}`;
  workplace.configure({
    directory: { url: `http://${at}/` },
    database: { url: `postgres://u:p@${at},${at}/d` },
  });
  const began = Date.now();
  const { code, stdout } = await workplace.run('doctor --format json');
  expect(Date.now() - began).toBeLessThan(60_000);
  expect(code).toBe(1);
  expect(checksOf(stdout, 'failed')).toEqual(['directoryAnswer', 'databaseConnection', 'databaseConnection']);

  const { child, ended } = start(['doctor', '--format', 'json'], { cwd: workplace.folder });
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGINT'), 500));
  const interrupted = await ended;
  expect(interrupted.code).toBe(130);
  expect(parseLines(interrupted.stdout).at(-1)).toMatchObject({ type: 'error', outcome: 'interrupted' });
  silent.close();
});

test('runs that start beside it are never refused', async () => {
  workplace.configure({ directory: { url: directory.url }, database: { url: database.url } });
  expect((await workplace.run('sync now')).code).toBe(0);
  const examine = async () => {
    const codes: (number | null)[] = [];
    while (codes.length < 4) codes.push((await workplace.run('doctor')).code);
    return codes;
  };
  const [doctors, runs] = await Promise.all([
    examine(),
    (async () => {
      const codes: (number | null)[] = [];
      while (codes.length < 6) codes.push((await workplace.run('sync now')).code);
      return codes;
    })(),
  ]);
  expect({ doctors, runs }).toEqual({ doctors: Array(4).fill(0), runs: Array(6).fill(0) });
  const rows = await administer(database.url, 'select outcome from rollcall.attempts');
  expect(rows).toEqual([]);
});
