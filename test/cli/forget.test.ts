import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { administer } from '../servers/administer.ts';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { parseLines, Workplace } from '../support/cli.ts';

const person = (userName: string, n: number, fullName: string) => ({
  userName,
  distinguishedName: `UID=${n}`,
  fullName,
  emailAddresses: [`${userName}@example.com`],
});
const jane = person('jane.roe', 2, 'Jane Roe');
const max = person('max.moe', 3, 'Max Moe');

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
  workplace.configure({
    directory: { url: directory.url, retries: 0 },
    database: { url: database.url },
    options: { deleteUsers: true },
  });
});
afterEach(async () => {
  workplace.remove();
  await database.drop();
});

const type = async (command: string, stdin = '') => {
  const ended = await workplace.run(command, { stdin });
  expect(ended.code, `${command}: ${ended.stderr}`).toBe(0);
  return ended.stdout;
};
const now = async (...listing: object[]) => {
  directory.lists(listing);
  await type('sync now');
};

/** All rows of all tables as text, in their order, without the mail. */
async function dump(): Promise<string[]> {
  const tables = (await administer(
    database.url,
    `select relname as name from pg_class where relnamespace = 'rollcall'::regnamespace and relkind = 'r'
       and relname not in ('messages', 'commits') order by 1`,
  )) as { name: string }[];
  const rows: string[] = [];
  for (const { name } of tables) {
    const found = (await administer(
      database.url,
      `select t::text as row from rollcall.${name} t order by 1`,
    )) as { row: string }[];
    rows.push(...found.map(({ row }) => `${name} ${row}`));
  }
  return rows;
}

test('nothing of somebody who was deleted is left, and nothing of others is lost', async () => {
  const john = person('john.doe', 1, 'John Doe');
  await now(john, jane, max);
  await now(
    { ...john, userName: 'john.king', emailAddresses: ['jk@example.com', 'john.doe@example.com'] },
    jane,
    max,
  );
  await type('users set john.king --privilege login export');
  await type('archives grant jane.roe john.king read');
  await type('archives grant john.king jane.roe read');
  writeFileSync(join(workplace.folder, 'a.eml'), 'To: jk@example.com\n\nhello\n');
  await type('archives import a.eml');
  // They are gone, their archive stays, and runs are refused that name them.
  await now(jane, max);
  await type('users add mallory --password-stdin', 'x\n');
  expect((await workplace.run('sync now --same john.king')).code).toBe(64);
  await administer(
    database.url,
    `insert into rollcall.attempts (started_at, actor, command, outcome, exit_code, reasons)
     values (now(), 'x@y', 'plan apply', 'stale', 6, '[{"code": null, "message": "1 row differs: the user john.king (full_name), not john.kingston"}]')`,
  );
  await administer(
    database.url,
    `insert into rollcall.removed_messages values ('\\x00', '{john.king,jane.roe}', now(), 'x@y')`,
  );
  const before = await dump();
  const trace = /john\.(doe|king)(?!ston)|john doe|UID=1\b|jk@/i;
  expect(before.filter((row) => trace.test(row)).length).toBeGreaterThan(10);

  expect(await type('users forget JOHN.DOE')).toBe(
    'Forgot 1 person named JOHN.DOE: 3 changes by runs, 3 by hand. Still named after them, with their mail: john.king.\n',
  );
  const after = await dump();
  // The archive keeps the name under which its mail is found.
  expect(after.filter((row) => trace.test(row))).toEqual([expect.stringMatching(/^archives .*john\.king/)]);
  // What two runs remembered: a user, an archive under two names, and access to two archives.
  expect(after).toHaveLength(before.length - 5);
  const others = (rows: string[]) =>
    rows.filter((row) => !trace.test(row) && !/\(forgotten\)|^run_(users|access)/.test(row));
  expect(after).toEqual(expect.arrayContaining(others(before)));
  expect(after.join('\n')).toContain('the user (forgotten) (full_name), not john.kingston');

  // It still tells that there was somebody.
  expect(await type('history 3')).toContain('delete    (forgotten)');
  for (const format of ['json', 'markdown', 'html']) await type(`history 2 --format ${format}`);
  const [, deletion] = parseLines(await type('history 3 --format json')).filter(({ type }) => type !== 'run');
  expect(deletion).toMatchObject({ action: 'delete', userName: '(forgotten)', before: null, after: null });
  const nobody = {
    code: 1,
    stdout: '',
    stderr: 'rollcall: nobody named john.doe is stored or in the history\n',
  };
  expect(await workplace.run('history user john.doe')).toEqual(nobody);
  expect(await workplace.run('users forget john.doe')).toEqual(nobody);
  expect(await type('history user jane.roe')).toContain('access: (forgotten): read');
  await now(jane, max);
});

describe('a name that somebody else has', () => {
  test('means them, except while the one who is forgotten was there', async () => {
    const old = person('john.doe', 1, 'John Doe');
    await now(old, jane);
    directory.lists([person('john.doe', 9, 'Jack Dorsey'), jane]);
    await type('sync now --new john.doe');
    await type('users set john.doe --privilege login export');
    const { stdout, code } = await workplace.run('users forget john.doe --format json');
    expect(code).toBe(0);
    expect(parseLines(stdout)[1]).toEqual({
      ...{ type: 'forgotten', userName: 'john.doe', persons: 1, changes: 2, byHand: 0, archives: [] },
      stored: 'john.doe',
    });
    const rows = (await dump()).join('\n');
    expect(rows).not.toContain('John Doe');
    expect(rows).not.toContain('UID=1,');
    const story = await type('history user john.doe');
    expect(story).toMatch(
      /^john\.doe \(stored\)\n.*create.*Jack Dorsey.*\n.*another person.*\n.*privileges: login → login export/m,
    );
    expect((await workplace.run('users forget john.doe')).stderr).toBe(
      'rollcall: john.doe is still stored; remove them first: rollcall users remove john.doe\n',
    );
  });

  test('a last owner is forgotten who is remembered with the access of somebody else', async () => {
    const john = person('john.doe', 1, 'John Doe');
    await now(john, jane, max);
    await type('archives grant john.doe max.moe read');
    writeFileSync(join(workplace.folder, 'a.eml'), 'To: john.doe@example.com\n\nhello\n');
    await type('archives import a.eml');
    await now(jane, max);
    await now(jane);
    const trace = /john doe|UID=1\b/i;
    expect((await dump()).some((row) => row.startsWith('run_access') && trace.test(row))).toBe(true);
    await type('users forget john.doe');
    expect((await dump()).filter((row) => trace.test(row))).toEqual([]);
  });

  test('a last owner of whom nothing else is known is forgotten, too', async () => {
    await now(jane);
    await administer(
      database.url,
      `insert into rollcall.archives (name, name_key, last_owner) values ('Old', 'old',
         '{"userName": "Old", "fullName": "Old One", "distinguishedName": null, "emailAddresses": [], "addressKeys": []}')`,
    );
    expect(await type('users forget old')).toContain('Still named after them, with their mail: Old.');
    expect((await dump()).join('\n')).not.toContain('Old One');
  });
});
