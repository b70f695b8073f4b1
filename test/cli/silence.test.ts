import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDatabase } from '../servers/database.ts';
import { Workplace } from '../support/cli.ts';

/** Every variable that the source of a package looks at, but those that are meant to change what rollcall does. */
const variables = [
  'yaml',
  'pg',
  'knex',
  'debug',
  'axios',
  'follow-redirects',
  'chalk',
  'commander',
  'p-retry',
]
  .map((name) => join('node_modules', name))
  .flatMap((folder) =>
    readdirSync(folder, { encoding: 'utf8', recursive: true }).map((file) => join(folder, file)),
  )
  .filter((file) => /\.[cm]?js$/.test(file) && statSync(file).isFile())
  .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\benv\.([A-Z][A-Z_]+)/g)])
  .map(([, name = '']) => name)
  .filter((name) => !name.startsWith('PG') && name !== 'PATH');

test('no variable of the environment makes a library print what it handles', async () => {
  expect(variables).toEqual(expect.arrayContaining(['DEBUG', 'LOG_TOKENS', 'NODE_PG_FORCE_NATIVE']));
  const env = Object.fromEntries([...variables, 'PGBINARY'].map((name) => [name, '*']));
  for (const surroundings of [{}, env]) {
    const { url } = await createDatabase();
    const workplace = new Workplace();
    const directory = { url: 'http://localhost:9', retries: 0 };
    workplace.configure({ directory, database: { url } });
    const run = (command: string, stdin = '') => workplace.run(command, { stdin, env: surroundings });
    expect(await run('users add anna --password-stdin', 'canary-password')).toEqual({
      ...{ code: 0, stdout: 'Added anna.\n', stderr: '' },
    });
    expect(await run('archives import -', 'To: a@x\n\ncanary\n')).toMatchObject({ code: 0, stderr: '' });
    const listed = await run('users list --format json');
    expect(listed.stdout).toMatch(/"createdAt":"20\d\d-/);
    const failed = await run('sync test');
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toMatch(/^rollcall: [^\n]+ refused[^\n]+\n$/);
    workplace.remove();
  }
});

test('a damaged configuration has no more lines than people read', async () => {
  const workplace = new Workplace();
  const ended = await workplace.run('config check -c -', { stdin: '['.repeat(50_000) });
  expect(ended).toMatchObject({ code: 78, stdout: '' });
  expect(ended.stderr.split('\n').length).toBeLessThan(30);
  expect(ended.stderr).not.toContain('bug');
});
