import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDatabase } from '../servers/database.ts';
import { parseLines, Workplace } from '../support/cli.ts';

const ada = { userName: 'ada', distinguishedName: 'UID=1', fullName: 'Ada King', emailAddresses: ['ada@x'] };
const printer = { userName: 'printer', distinguishedName: 'UID=9,OU=Devices' };

let workplace: Workplace;

const list = (entries: unknown[], file = 'people.json') =>
  writeFileSync(join(workplace.folder, file), JSON.stringify(entries));

let database: Awaited<ReturnType<typeof createDatabase>>;

beforeEach(async () => {
  workplace = new Workplace();
  database = await createDatabase();
  workplace.configure({
    directory: { file: 'people.json' },
    database: { url: database.url },
    scope: { exclude: [{ under: 'OU=Devices' }] },
  });
});
afterEach(async () => {
  workplace.remove();
  await database.drop();
});

test('a person, before and after they are stored, as text and as JSON', async () => {
  list([ada, printer]);
  const before = await workplace.run('explain ada@x');
  expect(before).toMatchObject({ code: 0, stderr: '' });
  expect(before.stdout).toContain('ada: entry 1 of the directory\n');
  expect(before.stdout).toMatch(/ {2}next run {8}create ada: Ada King, ada@x\n/);
  expect((await workplace.run('history')).stdout).toBe('');

  await workplace.run('sync now -q');
  list([{ ...ada, userName: 'lovelace', phone: '\u001b[31m7' }, printer]);
  const after = await workplace.run('explain ada');
  expect(after).toMatchObject({ code: 0, stderr: '' });
  const today = /20\d\d-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}/g;
  expect(after.stdout.replace(today, 'NOW')).toBe(
    [
      'lovelace: entry 1 of the directory, stored user ada',
      '  found by        name',
      '  entry           userName: "lovelace"',
      '                  distinguishedName: "UID=1"',
      '                  fullName: "Ada King"',
      '                  emailAddresses: ["ada@x"]',
      '                  phone: "\\u001b[31m7"  (not used)',
      '  read as         listed',
      '  scope           in scope: no rule excludes it',
      '  who is who      is the stored user ada, by the distinguished name, which nobody else has',
      '                  agrees   distinguished name, full name, addresses',
      '  stored user     name: ada',
      '                  authentication: directoryServices',
      '                  full name: "Ada King"',
      '                  distinguished name: "UID=1"',
      '                  addresses: ada@x',
      '                  privileges: login',
      '                  stored since NOW',
      '  archives        ada: 0 messages, of ada',
      '                    access: ada (read)',
      '  login           rejected: the directory is a file, which knows no passwords',
      '  next run        rename ada to lovelace',
      '  history         NOW  run 1: create ada',
      '',
    ].join('\n'),
  );

  const { stdout } = await workplace.run('explain UID=1 --by dn --format json');
  const [header, explanation, summary] = parseLines(stdout);
  expect(header).toMatchObject({ type: 'header', command: 'explain' });
  expect(explanation).toMatchObject({
    type: 'explanation',
    query: { text: 'UID=1', by: ['dn'] },
    entry: { number: 1, raw: { userName: 'lovelace', phone: '\u001b[31m7' } },
    identity: { rule: 'byDn', userName: 'ada' },
    next: { blocks: [], items: [{ type: 'change', action: 'rename' }] },
    history: [{ run: 1, action: 'create' }],
  });
  expect(summary).toMatchObject({ outcome: 'done', counts: { items: 1, omitted: 0, entries: 2, users: 1 } });
});

test('the rule of the scope has its line, in whichever file it stands', async () => {
  list([printer]);
  const { stdout } = await workplace.run('explain printer');
  const lines = readFileSync(join(workplace.folder, 'rollcall.yaml'), 'utf8').split('\n');
  const line = lines.findIndex((text) => text.includes('under')) + 1;
  expect(stdout).toContain(`out of scope, by scope.exclude[0] (line ${line} of the configuration)`);
});

test('another listing, and nobody', async () => {
  list([]);
  list([ada], 'other.json');
  expect((await workplace.run('explain ada --listing other.json')).stdout).toContain('create ada');
  expect(await workplace.run('explain ada --listing -', { stdin: JSON.stringify([ada]) })).toMatchObject({
    code: 0,
  });
  const nobody =
    'nobody has the name, address or distinguished name "ada"; 0 entries of the directory and 0 stored users were searched';
  expect(await workplace.run('explain ada')).toEqual({
    code: 1,
    stdout: '',
    stderr: `rollcall: ${nobody}\n`,
  });
  const [, error] = parseLines((await workplace.run('explain ada --format json')).stdout);
  expect(error).toMatchObject({ type: 'error', outcome: 'failed', exitCode: 1, message: nobody });
  const hostile = await workplace.spawn(['explain', '\u001b[31mada', '--by', 'address']);
  expect(hostile.stderr).toContain('nobody has the address "\\u{1b}[31mada";');
});
