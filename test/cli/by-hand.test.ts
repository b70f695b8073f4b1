import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { administer } from '../servers/administer.ts';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { Workplace } from '../support/cli.ts';

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
  workplace.configure({ directory: { url: directory.url }, database: { url: database.url } });
});
afterEach(async () => {
  workplace.remove();
  await database.drop();
});

const type = async (words: string[], stdin = '') => {
  const ended = await workplace.spawn(words, { stdin });
  expect(ended.code, `${words.join(' ')}: ${ended.stderr}`).toBe(0);
  return ended.stdout;
};
const recorded = () =>
  administer(
    database.url,
    `select command, coalesce(before ->> 'userName', before ->> 'name') as before,
       coalesce(after ->> 'userName', after ->> 'name') as after, (select user_name from rollcall.users where id = user_id) as for
     from rollcall.manual_changes order by id`,
  );

test('every command that changes a user, or who may read what, is recorded with what it was before', async () => {
  await type('users add anna -a anna@example.com --password-stdin'.split(' '), 'canary-7x\n');
  await type('users add bert --password-stdin'.split(' '), 'x\n');
  await type('users add carl --password-stdin'.split(' '), 'x\n');
  await type('users set anna --password-stdin'.split(' '), 'canary-7x\n');
  await type('users set anna --full-name Anna'.split(' '));
  await type('users rename anna anne'.split(' '));
  await type('archives grant anne carl read'.split(' '));
  writeFileSync(join(workplace.folder, 'a.eml'), 'To: anna@example.com\n\nhello\n');
  await type(['archives', 'import', 'a.eml']);
  await type('users remove anne'.split(' '));
  await type('archives give anne bert'.split(' '));
  await administer(database.url, `insert into rollcall.archives (name, name_key) values ('left', 'left')`);
  await type('archives remove left'.split(' '));
  // What fails leaves no trace.
  expect((await workplace.run('users rename bert carl')).code).toBe(1);
  expect((await workplace.run('archives give bert carl')).code).toBe(1);
  expect((await workplace.run('archives grant bert nobody read')).code).toBe(1);

  const row = (command: string, before: string | null, after: string | null, whose: string | null) => ({
    ...{ command, before, after },
    for: whose,
  });
  expect(await recorded()).toEqual([
    row('users add', null, 'anna', null),
    row('users add', null, 'bert', 'bert'),
    row('users add', null, 'carl', 'carl'),
    row('users set --password', 'anna', 'anna', null),
    row('users set', 'anna', 'anna', null),
    row('users rename', 'anna', 'anne', null),
    // The owner, who is removed later, and whoever may read it now.
    row('archives grant', 'anne', 'anne', null),
    row('archives grant', 'anne', 'anne', 'carl'),
    row('users remove', 'anne', null, null),
    row('archives give', 'anne', 'bert', 'bert'),
    row('archives give', 'anne', 'bert', 'carl'),
    row('archives remove', 'left', null, null),
  ]);
  const [{ all } = { all: '' }] = (await administer(
    database.url,
    `select string_agg(m::text, ' ') as all from rollcall.manual_changes m`,
  )) as { all: string }[];
  expect(all).not.toMatch(/canary|scrypt/);
  const [{ before, after } = {}] = (await administer(
    database.url,
    `select before, after from rollcall.manual_changes where command = 'users rename'`,
  )) as { before?: object; after?: object }[];
  const anna = { fullName: 'Anna', distinguishedName: null, emailAddresses: ['anna@example.com'] };
  const rest = { ...anna, privileges: ['login'], authentication: 'integrated' };
  expect(before).toEqual({ ...rest, userName: 'anna', archive: 'anna', access: { anna: ['read'] } });
  expect(after).toEqual({ ...rest, userName: 'anne', archive: 'anne', access: { anne: ['read'] } });
});

test('a hostile name is harmless in the history of a person', async () => {
  const name = '\u202eeve\\<b>';
  directory.lists([
    { userName: name, fullName: '\u2066x', emailAddresses: ['\u200b@x'] },
    { userName: 'bob' },
  ]);
  await type(['sync', 'now']);
  await type(['archives', 'grant', name, 'bob', 'read']);
  await type(['users', 'rename', name, `${name}2`]);
  for (const words of [
    ['history', 'user', name],
    ['history', 'user', name, '--format', 'json'],
    ['history', 'user', 'bob'],
  ]) {
    const shown = await type(words);
    expect(shown).toContain('202e');
    expect(shown).not.toMatch(/[\u202e\u2066\u200b]/);
  }
  expect(await type(['history', 'user', name])).toContain(
    '\\u{202e}eve\\\\<b>2, earlier \\u{202e}eve\\\\<b> (stored)\n',
  );
  await type(['users', 'remove', `${name}2`]);
  const said = await type(['users', 'forget', name]);
  expect(said).toBe('Forgot 1 person named \\u{202e}eve\\\\<b>: 1 change by runs, 3 by hand.\n');
});
