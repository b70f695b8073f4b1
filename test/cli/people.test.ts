import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { parseLines, Workplace } from '../support/cli.ts';

let directory: Directory;
let workplace: Workplace;
let database: Awaited<ReturnType<typeof createDatabase>>;
let listed: object[];

beforeAll(async () => {
  directory = await Directory.start();
});
afterAll(() => directory.stop());
beforeEach(async () => {
  workplace = new Workplace();
  database = await createDatabase();
  workplace.configure({
    directory: { url: directory.url },
    database: { url: database.url },
    options: { deleteUsers: true },
  });
  listed = [
    { userName: 'anna', distinguishedName: 'UID=1', emailAddresses: ['anna@example.com'] },
    { userName: 'bert', distinguishedName: 'UID=2', emailAddresses: ['bert@example.com'] },
  ];
  directory.answers(({ form }, response) => {
    const yes = form.get('password') === 'right';
    response.end(JSON.stringify(form.get('cmd') === 'list' ? listed : { authenticated: yes }));
  });
  await workplace.run('sync now');
});
afterEach(async () => {
  workplace.remove();
  await database.drop();
});

const said = (stdout: string) => ({ code: 0, stdout, stderr: '' });
const failed = (code: number, message: string) => ({ code, stdout: '', stderr: `rollcall: ${message}\n` });
const logsIn = (user: string, password: string) =>
  workplace.run(`login ${user} --password-stdin`, { stdin: `${password}\n` });

const mbox = [
  'From a Thu Jan  1 00:00:00 1970\nFrom: Anna <anna@example.com>\nTo: bert@example.com\n\n>From the start\n\n',
  'From b Thu Jan  1 00:00:00 1970\nFrom: bert@example.com\nTo: x@y\n\nhello\r\n\n',
].join('');

describe('logging on', () => {
  test('is accepted with the password of the directory, and rejected alike for everything else', async () => {
    expect(await logsIn('ANNA', 'right')).toEqual(said('accepted\n'));
    const rejected = failed(5, 'the login was rejected');
    expect(await logsIn('anna', 'wrong')).toEqual(rejected);
    expect(await logsIn('nobody', 'right')).toEqual(rejected);
    expect(await logsIn('anna', '')).toEqual(rejected);
  });

  test('is an error when the directory cannot be asked', async () => {
    directory.answers((_, response) => response.writeHead(500).end());
    expect(await logsIn('anna', 'right')).toEqual(
      failed(1, `${directory.url} answered 500; it must answer 200`),
    );
  });

  test('asks on a terminal only', async () => {
    expect(await workplace.run('login anna')).toEqual(
      failed(64, 'there is no terminal to ask for a password; use --password-stdin'),
    );
  });

  test('as JSON', async () => {
    const { stdout, code } = await workplace.run('login anna --password-stdin --format json', {
      stdin: 'wrong',
    });
    expect(parseLines(stdout)).toMatchObject([
      { type: 'header', schemaVersion: 2, command: 'login' },
      { type: 'login', accepted: false },
      { type: 'summary', outcome: 'rejected', exitCode: 5 },
    ]);
    expect(code).toBe(5);
  });
});

const add = (options: string) =>
  workplace.run(`users add ${options} --password-stdin`, { stdin: 'typed by hand' });

describe('users by hand', () => {
  test('are refused with a list that is no list, and listed by a privilege that exists', async () => {
    expect(await add('x --address a@example.com,b@example.com')).toEqual(
      failed(
        64,
        'a@example.com,b@example.com is not an address; separate several with spaces: --address a@example.com b@example.com',
      ),
    );
    expect(await workplace.run('users list --privilege logon')).toMatchObject({ code: 64, stdout: '' });
    expect((await workplace.run('users list --privilege login')).stdout).toContain('anna');
  });

  test('with a short password cause a warning', async () => {
    const stdin = 'äb';
    expect(await workplace.run('users add x --password-stdin', { stdin })).toEqual({
      ...said('Added x.\n'),
      stderr: 'rollcall: warning: the password has only 2 characters; 8 or more are hard to guess\n',
    });
    const set = await workplace.run('users set x --password-stdin', { stdin: '12345678' });
    expect(set).toEqual(said('Changed x.\n'));
  });

  test('are added, log on with a password of their own, and no run touches them', async () => {
    expect(await add('root --full-name Root --privilege admin --address root@example.com')).toEqual(
      said('Added root.\n'),
    );
    expect(await logsIn('root', 'typed by hand')).toEqual(said('accepted\n'));
    expect((await workplace.run('sync now')).stdout).toContain('No changes.');
    const [, user] = parseLines((await workplace.run('users show ROOT --format json')).stdout);
    expect(user).toMatchObject({
      type: 'user',
      userName: 'root',
      authentication: 'integrated',
      privileges: ['admin'],
      archives: ['root'],
    });
    expect(await add('Anna')).toEqual(failed(1, 'there is already a user Anna'));
  });

  test('the last admin cannot be removed, and cannot lose it', async () => {
    await add('root --privilege admin');
    const refused = failed(
      1,
      'root is the last admin who can log on; give that privilege to someone else first',
    );
    // One whom the directory no longer lists could not act.
    await workplace.run('users set bert --privilege admin');
    listed.pop();
    await workplace.run('sync now');
    expect(await workplace.run('users remove root')).toEqual(refused);
    expect(await workplace.run('users set root --privilege login')).toEqual(refused);
    expect(await workplace.run('users set anna --privilege admin')).toEqual(said('Changed anna.\n'));
    expect(await workplace.run('users remove root')).toEqual(said('Removed root.\n'));
  });

  test('what a run owns cannot be set by hand, privileges can', async () => {
    const { code, stderr } = await workplace.run('users set anna --full-name X --address a@b');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^rollcall: cannot change the full name and addresses of anna: the directory decides,/,
    );
    expect(await workplace.run('users set anna --privilege login export')).toEqual(said('Changed anna.\n'));
    expect(await workplace.run('users set anna')).toMatchObject({ code: 64 });
    expect(await workplace.run('users set anna --privilege login none')).toEqual(
      failed(64, 'privileges: "none" cannot be combined with other privileges'),
    );
  });

  test('a user is handed to the directory and taken back, explicitly', async () => {
    expect(await workplace.run('users set anna --authentication integrated')).toEqual(
      failed(1, 'anna needs a password to become integrated; use --password'),
    );
    const options = { stdin: 'own' };
    expect(
      await workplace.run('users set anna --authentication integrated --password-stdin', options),
    ).toMatchObject({ code: 0 });
    expect(await logsIn('anna', 'own')).toMatchObject({ code: 0 });
    expect((await workplace.run('sync test')).stdout).toContain('! taken     anna');
    expect(await workplace.run('users set anna --authentication directoryServices')).toMatchObject({
      code: 0,
    });
    expect(await logsIn('anna', 'own')).toMatchObject({ code: 5 });
    expect((await workplace.run('sync test')).stdout).toContain('No changes.');
  });

  test('are listed by authentication, privilege, address, and whether they are gone', async () => {
    await add('root --privilege admin');
    const names = async (filter: string) =>
      parseLines((await workplace.run(`users list ${filter} --format json`)).stdout)
        .filter(({ type }) => type === 'user')
        .map(({ userName }) => userName);
    expect(await names('')).toEqual(['anna', 'bert', 'root']);
    expect(await names('--authentication integrated')).toEqual(['root']);
    expect(await names('--privilege admin')).toEqual(['root']);
    expect(await names('--address BERT@example.com')).toEqual(['bert']);
    await workplace.run('users set bert --privilege admin');
    listed.pop();
    await workplace.run('sync now');
    expect(await names('--gone')).toEqual(['bert']);
    listed.push({ userName: 'bert' });
    await workplace.run('sync now');
    expect(await names('--gone')).toEqual([]);
  });
});

describe('archives and mail', () => {
  test('the story: import, delete the owner, keep the archive, take it over', async () => {
    writeFileSync(join(workplace.folder, 'in.mbox'), mbox, 'latin1');
    expect(await workplace.run('archives import in.mbox')).toEqual(said('Read 2 messages: 2 imported.\n'));
    expect(await workplace.run('archives import in.mbox')).toEqual(
      said('Read 2 messages: 0 imported, 2 already stored.\n'),
    );
    const bert = await workplace.run('archives export bert');
    expect(bert.stdout.replace(/^From MAILER.*$/gm, 'F')).toBe(mbox.replace(/^From [ab] .*$/gm, 'F'));

    listed = [{ userName: 'anna', distinguishedName: 'UID=1', emailAddresses: ['anna@example.com'] }];
    expect((await workplace.run('sync now')).stdout).toContain(
      'the archive stays without an owner: it holds 2 messages',
    );
    expect((await workplace.run('archives show bert')).stdout).toMatch(/^bert +\(none\) +2$/m);
    expect(await workplace.run('archives grant bert anna read')).toEqual(
      said('anna now has read on bert.\n'),
    );

    listed = [
      { userName: 'annette', distinguishedName: 'uid = 1', emailAddresses: ['anna@example.com'] },
      { userName: 'Bert', emailAddresses: ['bert@example.com'] },
    ];
    const asked = await workplace.run('sync now --strict');
    expect(asked.code).toBe(4);
    expect(asked.stdout).toContain(
      '  ? in doubt  Bert                    may be the last owner of the archive with this name, which holds 2 messages',
    );
    expect(asked.stdout).toContain('--same Bert: the same person; they get the archive with 2 messages\n');
    expect((await workplace.run('sync now --same bert')).stdout).toContain(
      [
        '  + create    Bert                    bert@example.com',
        '                                      the same person, as answered',
        '                                      takes over the archive "bert", with 2 messages',
        '                                      no longer readable by annette',
      ].join('\n'),
    );
    const archives = parseLines((await workplace.run('archives list --format json')).stdout);
    expect(archives.filter(({ type }) => type === 'archive')).toMatchObject([
      { name: 'annette', owner: 'annette', messages: 1, access: { annette: ['read'] }, lastOwner: null },
      { name: 'bert', owner: 'Bert', messages: 2, access: { Bert: ['read'] }, lastOwner: null },
    ]);
  });

  test('an archive without an owner is given to a user, or removed; never one that is somebody’s', async () => {
    writeFileSync(join(workplace.folder, 'in.mbox'), mbox, 'latin1');
    await workplace.run('archives import in.mbox');
    await workplace.run('archives grant bert anna read');
    expect(await workplace.run('users remove bert')).toEqual(
      said(
        'Removed bert. The archive stays without an owner: it holds 2 messages. If the directory lists them, the next run creates them again; a rule in scope.exclude prevents that.\n',
      ),
    );
    expect(await workplace.run('archives remove bert')).toEqual(
      failed(1, 'the archive bert holds 2 messages and was not removed; --with-mail removes them, too'),
    );
    expect(await workplace.run('archives remove anna')).toMatchObject({
      stderr:
        'rollcall: the archive anna belongs to anna; only an archive without an owner can be given away or removed\n',
      code: 1,
    });
    expect(await add('bert')).toMatchObject({
      stdout: expect.stringMatching(
        /^Added bert\. An archive with this name and no owner \(2 messages\) was set aside as bert \(until [\d-]+\)\. If it is theirs, run: rollcall archives give 'bert \(until [\d-]+\)' bert\n$/,
      ) as string,
    });
    const aside = `bert (until ${new Date().toISOString().slice(0, 10)})`;
    expect(await workplace.spawn(['archives', 'give', aside, 'bert'])).toEqual(
      said(`2 messages from ${aside} are now in the archive bert of bert. No longer readable by anna.\n`),
    );
    await workplace.run('users remove bert');
    expect(await workplace.run('archives remove bert --with-mail', { stdin: 'bret\n' })).toEqual(
      failed(64, 'the name does not match; nothing was removed'),
    );
    expect(await workplace.run('archives remove bert --with-mail', { stdin: 'bert\n' })).toEqual(
      said('Removed bert, with 2 messages.\n'),
    );
    // One of the two was anna's, too, and stays.
    expect((await workplace.run('archives list')).stdout).toMatch(/^anna +anna +1 /m);
  });

  test('a user is renamed with the archive, and the next run is foretold', async () => {
    await add('root --privilege admin');
    expect(await workplace.run('users rename root chief')).toEqual(said('Renamed root to chief.\n'));
    expect((await workplace.run('archives show chief')).stdout).toMatch(/^chief +chief +0 /m);
    expect(await workplace.run('users rename chief anna')).toEqual(failed(1, 'there is already a user anna'));
    const { stdout } = await workplace.run('users rename anna annette');
    expect(stdout).toBe(
      'Renamed anna to annette. The next run matches them with the directory entry annette, or renames them again if their distinguished name is listed under another name; if the directory lists neither, they count as gone.\n',
    );
    expect((await workplace.run('sync test')).stdout).toContain(
      '→ rename    annette                 to anna',
    );
    expect(await workplace.run('users rename anna2 x')).toEqual(failed(1, 'there is no user anna2'));
    expect(await workplace.run('users rename chief @CatchAll')).toMatchObject({ code: 64 });
  });

  test('resolve: an address, or the message on standard input', async () => {
    expect(await workplace.run('archives resolve ANNA@example.com bert@example.com')).toEqual(
      said('anna@example.com  anna\nbert@example.com  bert\n'),
    );
    expect(await workplace.run('archives resolve nobody@example.com')).toEqual(
      said('nobody@example.com  (no user)\n(none of these)     @catchall\n'),
    );
    expect(
      await workplace.run('archives resolve', { stdin: 'To: bert@example.com\n\nTo: anna@example.com\n' }),
    ).toEqual(said('bert@example.com  bert\n'));
    const [, line, each] = parseLines(
      (await workplace.run('archives resolve anna@example.com --format json')).stdout,
    );
    expect(line).toEqual({
      type: 'resolve',
      addresses: ['anna@example.com'],
      archives: ['anna'],
    });
    expect(each).toEqual({ type: 'address', address: 'anna@example.com', archives: ['anna'] });
  });

  test('a Maildir is written once, and holds the bytes', async () => {
    const raw = Buffer.from('To: anna@example.com\r\n\r\n\xff no line end', 'latin1');
    writeFileSync(join(workplace.folder, 'm.eml'), raw);
    await workplace.run('archives import m.eml');
    expect(await workplace.run('archives export anna --format maildir --output box')).toEqual(said(''));
    // Without mail it is an empty file, whatever was in it before.
    writeFileSync(join(workplace.folder, 'old.mbox'), 'From before');
    await workplace.run('users add root --password-stdin', { stdin: 'secret\n' });
    expect(await workplace.run('archives export root --output old.mbox --overwrite')).toEqual(said(''));
    expect(readFileSync(join(workplace.folder, 'old.mbox'), 'utf8')).toBe('');
    const [file = ''] = readdirSync(join(workplace.folder, 'box/cur'));
    expect(readFileSync(join(workplace.folder, 'box/cur', file))).toEqual(raw);
    expect(await workplace.run('archives export anna --format maildir --output box')).toEqual(
      failed(64, 'box already exists and was not changed (--output)'),
    );
  });
});

test('the same in process, from the library', async () => {
  const { openRollcall } = (await import(
    pathToFileURL(join(import.meta.dirname, '../../dist/index.js')).href
  )) as typeof import('../../src/index.ts');
  const rollcall = await openRollcall({ config: join(workplace.folder, 'rollcall.yaml') });
  try {
    expect(await rollcall.verifyLogin('Anna', 'right')).toBe('anna');
    expect(await rollcall.verifyLogin('anna', 'wrong')).toBeNull();
    expect(await rollcall.resolveArchives(['anna@example.com'])).toEqual(['anna']);
    expect(await rollcall.resolveArchives(Buffer.from('To: bert@example.com\n\n'))).toEqual(['bert']);
    listed.push({ userName: 'carl' });
    expect(await rollcall.sync()).toMatchObject({
      run: null,
      plan: [{ action: 'create', userName: 'carl' }],
    });
    expect(await rollcall.sync({ commit: true })).toMatchObject({ run: 2, counts: { created: 1 } });
  } finally {
    await rollcall.close();
  }
});
