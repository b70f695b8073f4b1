import { chmodSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { parseLines, Workplace } from '../support/cli.ts';

/** A directory that was there before rollcall: with its own names, a token, and a client certificate. */
const anna = { login: 'anna', displayName: 'Anna Able', dn: 'UID=1', mail: 'anna@x', fullName: 'Sales' };
const bert = {
  login: 'bert',
  displayName: 'Bert Baker',
  dn: 'UID=2',
  mail: ['bert@x', 'b@x'],
  manager: 'UID=1',
};
const members = {
  userName: 'login',
  fullName: 'displayName',
  distinguishedName: 'dn',
  emailAddresses: 'mail',
};
const certificates = resolve(import.meta.dirname, '../servers/certificates');
const pem = (name: string) => readFileSync(join(certificates, name), 'latin1');

let directory: Directory;
let workplace: Workplace;
let database: Awaited<ReturnType<typeof createDatabase>>;
/** Everything that was written by any command. */
let told: string;

beforeAll(async () => {
  const tls = { key: pem('server.key'), cert: pem('server.crt'), ca: pem('authority.crt') };
  directory = await Directory.start({ ...tls, requestCert: true, rejectUnauthorized: true });
});
afterAll(() => directory.stop());
beforeEach(async () => {
  workplace = new Workplace();
  database = await createDatabase();
  told = '';
  configure();
});
afterEach(async () => {
  for (const name of readdirSync(workplace.folder).filter((name) => /\.(jsonl|txt)$/.test(name)))
    told += readFileSync(join(workplace.folder, name), 'utf8');
  expect(told).not.toContain('canary');
  workplace.remove();
  await database.drop();
});

function configure(more: object = {}, secret = true): void {
  const put = (name: string, content: string) => {
    writeFileSync(join(workplace.folder, name), content);
    chmodSync(join(workplace.folder, name), 0o600);
  };
  put('url', `${directory.url}?key=canary-url`);
  put('token', 'canary-token\n');
  put('client.key', pem('client.key'));
  for (const name of ['authority.crt', 'client.crt'])
    copyFileSync(join(certificates, name), join(workplace.folder, name));
  const tls = { caFile: 'authority.crt', certFile: 'client.crt', keyFile: 'client.key' };
  workplace.configure({
    directory: {
      ...(secret && { urlFile: 'url', retries: 0, tls, authentication: { tokenFile: 'token' } }),
      ...(secret && { headers: { 'X-Key': 'canary-header' }, parameters: { key: 'canary-parameter' } }),
      members,
      ...more,
    },
    database: { url: database.url },
  });
}

async function run(command: string, stdin?: string) {
  const env = { DEBUG: '*' };
  const ended = await workplace.run(command, { env, ...(stdin !== undefined && { stdin }) });
  told += ended.stdout + ended.stderr;
  return ended;
}

const users = async () =>
  parseLines((await run('users list --format json')).stdout).filter(({ type }) => type === 'user');

test('it is checked, shown, synchronized, explained and asked for a password, and tells no secret', async () => {
  directory.answers((request, response) => {
    expect(request.headers).toMatchObject({ authorization: 'Bearer canary-token', 'x-key': 'canary-header' });
    expect(request.form.get('key')).toBe('canary-parameter');
    expect(request.url).toContain('?key=canary-url');
    response.end(
      request.form.get('cmd') === 'list' ? JSON.stringify([anna, bert]) : '{"authenticated":true}',
    );
  });
  expect(await run('config check')).toMatchObject({ code: 0 });
  expect(await run('config show')).toMatchObject({ code: 0 });
  expect(await run('sync test --save plan.jsonl --verbose')).toMatchObject({ code: 0 });
  expect(await run('plan show plan.jsonl')).toMatchObject({ code: 0 });
  expect(await run('plan apply plan.jsonl')).toMatchObject({ code: 0 });
  expect(await run('sync now --output result.txt')).toMatchObject({ code: 0 });
  expect((await run('history 1 --format json')).stdout).toContain('/users"');
  const { stdout } = await run('explain anna');
  expect(stdout).toContain(
    [
      '  entry           login: "anna"  (is userName)',
      '                  displayName: "Anna Able"  (is fullName)',
      '                  dn: "UID=1"  (is distinguishedName)',
      '                  mail: "anna@x"  (is emailAddresses)',
      '                  fullName: "Sales"  (not used)',
      '  read as         emailAddresses: anna@x',
    ].join('\n'),
  );
  expect(await run('login bert --password-stdin', 'p\n')).toMatchObject({ code: 0 });
});

test('an answer that repeats the request tells nothing of it, here and in the history', async () => {
  directory.lists([anna]);
  expect(await run('sync now')).toMatchObject({ code: 0 });
  directory.answers((request, response) => response.end(request.form.toString()));
  const { code, stderr } = await run('sync now');
  expect([code, stderr]).toEqual([1, expect.stringContaining('"key=********&cmd=list"')]);
  expect((await run('history')).stdout).toContain('key=********');
});

test('a file and --listing are read with the same names', async () => {
  const listing = JSON.stringify([anna, bert]);
  expect((await run('sync test --listing -', listing)).stdout).toContain('Anna Able, anna@x');
  expect((await run('explain anna@x --listing -', listing)).stdout).toContain('Anna Able');
  writeFileSync(join(workplace.folder, 'people.json'), listing);
  configure({ file: 'people.json' }, false);
  expect(await run('sync now')).toMatchObject({ code: 0 });
  expect(await users()).toMatchObject([
    { userName: 'anna', fullName: 'Anna Able', distinguishedName: 'UID=1', emailAddresses: ['anna@x'] },
    {
      userName: 'bert',
      fullName: 'Bert Baker',
      distinguishedName: 'UID=2',
      emailAddresses: ['bert@x', 'b@x'],
    },
  ]);
});

test('what cannot be read, or is missing, has the name that the directory gives it', async () => {
  const wrong = JSON.stringify([anna, { ...bert, login: 7 }, { login: 'carl', mail: [7] }]);
  const { stdout } = await run('sync test --listing -', wrong);
  expect(stdout).toMatch(/entry 2 +login is a number, not a string/);
  expect(stdout).toMatch(/carl +entry 3: mail\[0\] is a number, not a string/);
  expect(await run('explain carl --listing -', wrong)).toMatchObject({ code: 0 });

  configure({ members: { ...members, fullName: 'displayname', distinguishedName: 'objectGUID' } });
  const blocked = await run('sync test --listing -', JSON.stringify([anna, bert]));
  expect(blocked.code).toBe(3);
  expect(blocked.stdout).toContain(
    'no entry has displayname (fullName), but entries have displayName, fullName; if one of these is meant, set directory.members.fullName to it; to allow it this once: --accept-missing fullName',
  );
  expect(blocked.stdout).toMatch(
    /no entry has objectGUID \(distinguishedName\), but entries have dn, manager;/,
  );
});

test('a plan that was read with other names does not fit', async () => {
  directory.lists([anna, bert]);
  expect(await run('sync test --save plan.jsonl')).toMatchObject({ code: 0 });
  configure({ members: { ...members, fullName: 'fullName', emailAddresses: 'contact' } });
  const stale = await run('plan apply plan.jsonl');
  expect(stale.code).toBe(6);
  expect(stale.stderr).toContain('nothing was changed: directory.members differs;');
  configure();
  expect(await run('plan apply plan.jsonl')).toMatchObject({ code: 0 });
});

test('a member that is the DN of somebody else gives nobody the archive of another', async () => {
  const people = ['a', 'b', 'c', 'd', 'e', 'f'].map((login, i) => ({
    ...{ login, displayName: `P${i} Q${i}`, dn: `UID=${i}`, mail: `${login}@x` },
    // The manager of each is the next one.
    manager: `UID=${(i + 1) % 6}`,
  }));
  directory.lists(people);
  expect(await run('sync now')).toMatchObject({ code: 0 });
  const before = await users();
  configure({ members: { ...members, distinguishedName: 'manager' } });
  const { stdout } = await run('sync test');
  expect(stdout).not.toMatch(/^\W*rename/m);
  expect(stdout).toContain('in doubt');
  await run('sync now');
  expect(await users()).toEqual(before);
});
