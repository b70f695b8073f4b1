import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Workplace } from '../support/cli.ts';

let workplace: Workplace;
beforeAll(() => {
  workplace = new Workplace();
  workplace.configure({
    directory: {
      url: 'https://directory.example.com/users?key=canary',
      authentication: { userName: 'a$$b', password: '${PASSWORD}' },
      timeouts: { idle: '90s' },
      maxSize: '20 MB',
    },
    database: { url: 'postgres://rollcall:${PASSWORD}@localhost/archive' },
    limits: { updates: { count: 7 } },
  });
});
afterAll(() => workplace.remove());

const env = { PASSWORD: 'canary' };

test('what config show prints passes config check, shows no secret, and is shown as it is', async () => {
  const shown = await workplace.run('config show', { env });
  expect(shown).toMatchObject({ code: 0, stderr: '' });
  expect(shown.stdout).not.toContain('canary');
  expect(shown.stdout).toContain('  timeouts:\n    connect: 10s\n    idle: 90s\n    total: 15m\n');
  const stdin = shown.stdout;
  expect(await workplace.run('config check --config -', { stdin })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/ is valid\.\n$/) as string,
    stderr: '',
  });
  const [origin, ...settings] = stdin.split('\n');
  expect(origin).toBe(`# From ${join(workplace.folder, 'rollcall.yaml')}`);
  const again = ['# From standard input', ...settings].join('\n');
  expect(await workplace.run('config show --config -', { stdin })).toEqual({ ...shown, stdout: again });
});

test('config check says that a file is valid', async () => {
  expect(await workplace.run('config check', { env })).toEqual({
    code: 0,
    stdout: 'rollcall.yaml is valid.\n',
    stderr: '',
  });
});

test('config check finds every mistake at once, whatever their kinds', async () => {
  const lines = [
    'directory:',
    '  url: ${NO_SUCH}',
    '  retires: 3',
    '  authentication: {username: rollcall, passwordFile: nowhere}',
    'database: {urlFile: gone}',
  ];
  writeFileSync(join(workplace.folder, 'wrong.yaml'), lines.join('\n'));
  const { code, stdout, stderr } = await workplace.run('config check --config wrong.yaml');
  expect([code, stdout]).toEqual([78, '']);
  expect(stderr.replaceAll(workplace.folder, 'FOLDER').split('\n')).toEqual([
    'rollcall: wrong.yaml:2:3: directory.url: the environment variable NO_SUCH is not set',
    'rollcall: wrong.yaml:3:3: directory: unknown key "retires"; did you mean retries?',
    'rollcall: wrong.yaml:4:3: directory.authentication.userName: is missing',
    'rollcall: wrong.yaml:4:20: directory.authentication: unknown key "username"; did you mean userName?',
    'rollcall: wrong.yaml:4:40: directory.authentication.passwordFile: cannot read FOLDER/nowhere: it does not exist',
    'rollcall: wrong.yaml:5:12: database.urlFile: cannot read FOLDER/gone: it does not exist',
    '',
  ]);
});

test('config schema is the JSON Schema of the file', async () => {
  const { code, stdout } = await workplace.run('config schema');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    type: 'object',
    required: ['directory'],
    additionalProperties: false,
  });
});

test('init says what to try next, with the file that it wrote', async () => {
  const { code, stdout } = await workplace.run('init other.yaml');
  expect(code).toBe(0);
  for (const command of ['directory check', 'doctor', 'sync test'])
    expect(stdout).toContain(`"rollcall --config other.yaml ${command}"`);
});
