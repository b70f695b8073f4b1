import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { Workplace, type Ended } from '../support/cli.ts';
import { isWhole, partOf } from '../support/stores.ts';
import { goodConfig, groups, type BadInput } from './bad-input.cases.ts';

const tables = Object.keys(groups).map((group) => [
  `\n## ${group}\n`,
  '| input | exit | message |',
  '| --- | --- | --- |',
]);

// Beside each other, because some of them wait for what never comes.
describe.concurrent('every mistake has one clear line and its exit code', () => {
  test.each(Object.entries(groups))('%s', { timeout: 300_000 }, async (group, cases) => {
    const directory = await Directory.start();
    const database = await createDatabase();
    for (const one of partOf(cases, 6)) {
      const ended = await attempt(one, directory, database.url);
      check(one, ended);
      const row = `| ${cell(one.name)} | ${ended.code ?? 'signal'} | ${cell(ended.stderr || ended.stdout)} |`;
      tables[Object.keys(groups).indexOf(group)]?.push(row);
    }
    await directory.stop();
    await database.drop();
  });
});

test('the messages are those that people have read', async () => {
  const count = Object.values(groups).flat().length;
  expect(count).toBeGreaterThanOrEqual(150);
  const intro = `# What rollcall says to ${count} mistakes\n\nMade by bad-input.test.ts; a change here is a change that users see.\n`;
  if (isWhole) await expect(`${intro}${tables.flat().join('\n')}\n`).toMatchFileSnapshot('bad-input.md');
  const read = readFileSync(join(import.meta.dirname, 'bad-input.md'), 'utf8');
  expect(read).toContain(intro);
  const rows = read.split('\n');
  for (const row of tables.flat()) expect(rows).toContain(row.trim());
});

async function attempt(
  { args, config = goodConfig, stdin, env, files = {}, answer }: BadInput,
  directory: Directory,
  database: string,
): Promise<Ended> {
  const workplace = new Workplace();
  try {
    if (config !== null)
      writeFileSync(join(workplace.folder, 'rollcall.yaml'), fill(config, directory, database), {
        mode: 0o600,
      });
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(workplace.folder, name)), { recursive: true });
      writeFileSync(join(workplace.folder, name), content);
    }
    directory.answers((_, response) => (answer ? answer(response) : response.end('[]')));
    const words = args === '' ? [] : args.split(' ');
    const ended = await workplace.spawn(words, {
      ...(stdin !== undefined && { stdin }),
      ...(env && { env }),
    });
    const plain = (text: string) =>
      text
        .replaceAll(workplace.folder, 'FOLDER')
        .replaceAll(directory.url, 'URL')
        .replaceAll(directory.url.replace('http:', 'https:'), 'HTTPS-URL')
        .replaceAll(new URL(database).host, 'HOST')
        .replaceAll(new URL(database).pathname.slice(1), 'NAME');
    return { code: ended.code, stdout: plain(ended.stdout), stderr: plain(ended.stderr) };
  } finally {
    workplace.remove();
  }
}

function fill(config: string, directory: Directory, database: string): string {
  const changed = (change: (url: URL) => void) => {
    const url = new URL(database);
    change(url);
    return url.href;
  };
  return config
    .replace('HTTPS-URL', directory.url.replace('http:', 'https:'))
    .replace('URL', directory.url)
    .replace(
      'WRONG-PASSWORD',
      changed((url) => (url.password = 'canary-7x')),
    )
    .replace(
      'NO-PASSWORD',
      changed((url) => (url.password = '')),
    )
    .replace('DATABASE', database);
}

/** What has to hold for every one of them. */
function check({ name }: BadInput, { code, stdout, stderr }: Ended): void {
  expect([1, 2, 5, 64, 78], name).toContain(code);
  expect(stdout, name).toBe('');
  expect(stderr, name).not.toMatch(/\n\s+at |a bug in rollcall|canary-7x|node:internal/);

  expect(stderr, name).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  if (code === 1) expect(stderr, name).toMatch(/^rollcall: [^\n]+\n$/);
}

const cell = (text: string) =>
  text
    .trimEnd()
    .slice(0, 400)
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replace(/x{100,}/g, 'xxx…')
    .replace(/[\p{Cc}]/gu, (char) => (char === '\n' ? '<br>' : ' '));
