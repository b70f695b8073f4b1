import { afterEach, beforeEach, expect, test } from 'vitest';
import { login, sendJson, service, startDirectory, type Conduct } from '../health/good-directory.ts';
import type { Directory } from '../servers/directory.ts';
import { parseLines, start, Workplace } from '../support/cli.ts';

let directory: Directory;
let workplace: Workplace;
beforeEach(() => {
  workplace = new Workplace();
});
afterEach(async () => {
  workplace.remove();
  await directory.stop();
});

/** A configured directory, and a database that is not there. */
async function configured(conduct?: Conduct): Promise<void> {
  directory = await startDirectory(conduct);
  workplace.configure({
    directory: { url: directory.url, authentication: service },
    database: { url: 'postgres://127.0.0.1:9/none' },
  });
}

const withLogin = `directory check --login ${login.userName} --password-stdin`;
const stdin = `${login.password}\n`;

test('the configured directory is checked without a database', async () => {
  await configured();
  const { code, stdout, stderr } = await workplace.run(withLogin, { stdin });
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('rollcall: ') as string });
  expect(stdout).toMatch(/^ {2}✓ ok {6}encryption {14}not needed/);
  expect(stdout).toMatch(/\n {2}✓ ok {6}wrong service password {2}refused with 401\n/);
  expect(stdout).toMatch(/\n\n35 ok\n$/);
  expect(stdout).not.toContain('canary');
});

test('what fails is told with what to do, and the exit code is 1', async () => {
  await configured(({ password, hasService, form }, response) => {
    if (hasService && form.has('userName') && password === '') sendJson(response, { authenticated: true });
  });
  const { code, stdout } = await workplace.run(withLogin, { stdin });
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /\n {2}✗ failed {2}empty password {10}accepted, .*\n {36}→ refuse an empty password/,
  );
  expect(stdout).toMatch(/\n34 ok, 1 failed\n$/);
});

test('as JSON, each finding is an object', async () => {
  await configured(({ list }, response) => {
    if (list > 0) sendJson(response, [{ userName: 'x' }, 7]);
  });
  const { code, stdout } = await workplace.run('directory check --format json');
  const lines = parseLines(stdout);
  expect(code).toBe(1);
  expect(lines[0]).toMatchObject({ type: 'header', command: 'directory check' });
  expect(lines).toContainEqual({
    type: 'finding',
    check: 'readableEntries',
    grade: 'failed',
    message: '1 entry cannot be read: entry 2: is a number, not an object',
    hint: expect.any(String) as string,
  });
  const counts = { ok: 20, warning: 3, failed: 1, skipped: 11 };
  expect(lines.at(-1)).toMatchObject({ type: 'summary', outcome: 'failed', exitCode: 1, counts });
});

test('a URL needs no configuration, and never gets the secrets of one', async () => {
  await configured();
  const { code, stdout } = await workplace.run(`directory check ${directory.url}`);
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /✗ failed {2}answer {18}answered 401; .*\n.*→ put directory.url and directory.authentication/,
  );
  expect(directory.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});

test('Ctrl-C ends it at once', async () => {
  let running: ReturnType<typeof start> | null = null;
  await configured(({ form }) => {
    if (form.get('cmd') !== 'rollcall-check') return undefined;
    running?.child.kill('SIGINT');
    return new Promise(() => undefined);
  });
  running = start(['directory', 'check'], { cwd: workplace.folder });
  const { code, stderr } = await running.ended;
  expect({ code, stderr }).toEqual({ code: 130, stderr: 'rollcall: interrupted; nothing was changed\n' });
});
