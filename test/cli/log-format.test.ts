import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDatabase } from '../servers/database.ts';
import { parseLines, Workplace } from '../support/cli.ts';

let workplace: Workplace;
beforeEach(() => {
  workplace = new Workplace();
  workplace.configure({ directory: { file: 'people.json' }, database: { embedded: 'store' } });
});
afterEach(() => workplace.remove());

const levels = (stderr: string) => parseLines(stderr).map(({ level }) => level);

test.each([
  ['a mistake on the command line', 'sync nwo --log-format json', 64, /unknown command 'nwo'/],
  ['the other spelling', '--log-format=json users add', 64, /missing required argument/],
  ['no command', 'users --log-format json', 64, /Usage: rollcall users/],
  [
    'a configuration that is not there',
    'sync now -c none.yaml --log-format json',
    78,
    /no configuration file/,
  ],
  ['a failure', 'sync now --log-format json', 1, /people\.json/],
])('all of standard error is JSON: %s', async (_, command, code, message) => {
  const ended = await workplace.run(command);
  expect(ended.code).toBe(code);
  const lines = parseLines(ended.stderr);
  expect(lines.map(({ message }) => message).join('\n')).toMatch(message);
  for (const line of lines) {
    expect(line).toMatchObject({ level: 'error', time: expect.stringMatching(/^20.*Z$/) as string });
  }
});

test('phases, warnings and problems have their level, each line its object', async () => {
  const database = await createDatabase();
  workplace.configure({ directory: { file: 'people.json' }, database: { url: database.url } });
  writeFileSync(join(workplace.folder, 'people.json'), '[{"userName": "ann"}]');
  const { stderr } = await workplace.run('sync test -v --log-format json');
  await database.drop();
  const lines = parseLines(stderr);
  expect(new Set(levels(stderr))).toContain('debug');
  expect(lines.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/^comparing \(\d+\.\d\d s\)$/),
  );
  workplace.configure({ directory: { url: 'nonsense' }, database: {}, limits: 3 });
  const problems = await workplace.run('config check --log-format json');
  expect(problems.code).toBe(78);
  expect(parseLines(problems.stderr).length).toBeGreaterThan(2);
  expect(parseLines(problems.stderr)[0]).toMatchObject({ outcome: 'config' });
});
