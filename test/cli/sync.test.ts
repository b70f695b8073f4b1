import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { parseLines, start, Workplace } from '../support/cli.ts';
import { binary } from '../support/launch.ts';

const people = (...names: string[]) =>
  names.map((userName) => ({
    userName,
    fullName: userName.toUpperCase(),
    emailAddresses: [`${userName}@example.com`],
  }));

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
  configure();
});
afterEach(async () => {
  workplace.remove();
  await database.drop();
});

function configure(more: object = {}): void {
  workplace.configure({
    directory: { url: directory.url, retries: 0, timeouts: { idle: '10s' } },
    database: { url: database.url },
    options: { deleteUsers: true },
    ...more,
  });
}

describe('the story of a day', () => {
  test('test, now, test; the second test has nothing left to do', async () => {
    directory.lists(people('anna', 'bert'));
    const pending = await workplace.run('sync test --exit-code');
    expect(pending.stdout.replace(/^Started 20.{17} [+-]\d{4}, took \d+\.\d s\.$/m, 'Started, took.')).toBe(
      [
        `Test: nothing is changed. ${directory.url} → ${nameOf(database.url)}`,
        '',
        '  + create    anna                    ANNA, anna@example.com',
        '  + create    bert                    BERT, bert@example.com',
        '',
        'Plan: 2 to create.',
        '2 entries in the directory.',
        'Started, took.',
        'This was a test: nothing was changed. To commit it: rollcall sync now',
        '',
      ].join('\n'),
    );
    expect(pending).toMatchObject({ code: 2, stderr: '' });

    const committed = await workplace.run('sync now');
    expect(committed.stdout).toContain('Committed as run 1: 2 created.');
    expect(committed).toMatchObject({ code: 0, stderr: '' });

    const nothing = await workplace.run('sync test --exit-code');
    expect(nothing.stdout).toContain('No changes.');
    expect(nothing).toMatchObject({ code: 0, stderr: '' });
  });

  test('deletions over the limit are held, and everything else is committed', async () => {
    configure({ limits: { deletions: { atLeast: 0, onExceeded: 'hold' } } });
    directory.lists(people('anna', 'bert', 'carl'));
    await workplace.run('sync now');
    directory.lists(people('anna', 'dora'));
    const tested = await workplace.run('sync test --exit-code');
    expect(tested.stdout).toContain('Plan: 1 to create.');
    expect(tested.code).toBe(7);
    const { code, stderr } = await workplace.run('sync now --output result.txt');
    expect(code).toBe(7);
    expect(stderr).toContain(
      'held: it would delete 2 of 3 stored directory users, more than 10%; to allow it this once: --max-deletes 2',
    );
    const again = await workplace.run('sync now');
    expect(again.stdout).toMatch(
      / ! held +bert +gone from the directory, kept because the run would delete too many\n/,
    );
    expect(again.stdout).toContain('\nHeld: it would delete 2 of 4 stored directory users, more than 10%');
    expect(again.stdout).toContain('2 entries in the directory, 2 unchanged, 2 held.');
    const allowed = await workplace.run('sync now --max-deletes 2 --format json');
    expect(allowed.code).toBe(0);
    expect(parseLines(allowed.stdout).at(-1)).toMatchObject({
      held: null,
      firstDeletions: true,
      outcome: 'done',
    });
  });

  test('a test on an empty database leaves it empty', async () => {
    directory.lists(people('anna'));
    expect((await workplace.run('sync test')).code).toBe(0);
    expect((await workplace.run('history')).stdout).toBe('');
    expect((await workplace.run('sync test --exit-code')).code).toBe(2);
  });

  test('the history tells every change, before and after', async () => {
    directory.lists(people('anna', 'bert'));
    await workplace.run('sync now');
    directory.lists([{ userName: 'anna', fullName: 'Anna II' }]);
    await workplace.run('sync now');
    const [, latest, first] = parseLines((await workplace.run('history --format json')).stdout);
    expect(latest).toMatchObject({ type: 'run', run: 2, counts: { updated: 1, deleted: 1 } });
    expect(first).toMatchObject({ type: 'run', run: 1, counts: { created: 2 } });
    const [, , update, deletion] = parseLines((await workplace.run('history 2 --format json')).stdout);
    expect(update).toMatchObject({
      action: 'update',
      userName: 'anna',
      before: {
        fullName: 'ANNA',
        emailAddresses: ['anna@example.com'],
        privileges: ['login'],
        archive: 'anna',
      },
      after: { fullName: 'Anna II', emailAddresses: [], privileges: ['login'], archive: 'anna' },
      identity: 'name',
      archive: null,
    });
    expect(deletion).toMatchObject({
      action: 'delete',
      userName: 'bert',
      before: { userName: 'bert' },
      after: null,
    });
    expect(await workplace.run('history 7')).toMatchObject({
      code: 1,
      stderr: 'rollcall: there is no run 7; "rollcall history" lists them\n',
    });
  });
});

describe('the guard', () => {
  const twenty = people(...Array.from({ length: 20 }, (_, i) => `user${i}`));

  test('refuses to delete too many, shows the plan, writes nothing, and names the option that allows it', async () => {
    directory.lists(twenty);
    await workplace.run('sync now');
    directory.lists(twenty.slice(0, 12));
    for (const mode of ['test', 'now']) {
      const { code, stdout } = await workplace.run(`sync ${mode}`);
      expect(code).toBe(3);
      expect(stdout.match(/- delete/g)).toHaveLength(8);
      expect(stdout).toContain(
        'Blocked: it would delete 8 of 20 stored directory users, more than 10%; to allow it this once: --max-deletes 8.\nBlocked: nothing was written.',
      );
    }
    expect((await workplace.run('sync now --max-deletes 7')).code).toBe(3);
    expect((await workplace.run('sync now --max-deletes 40%')).stdout).toContain('8 deleted');
  });

  test('an empty listing changes nothing, whatever is allowed', async () => {
    directory.lists(twenty);
    await workplace.run('sync now');
    directory.lists([]);
    const { code, stdout } = await workplace.run('sync now --max-deletes 100%');
    expect(code).toBe(3);
    expect(stdout).toContain(
      'Blocked: no stored directory user was found again (0 of 20), and there is no new user to create; an empty listing never changes anything.',
    );
    // Whole for HTTP, because it ends where its length says; the rest comes too late.
    directory.answers((_, { socket }) => {
      socket?.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]');
      setTimeout(() => socket?.end(JSON.stringify(twenty)), 50);
    });
    expect((await workplace.run('sync now --max-deletes 100%')).code).toBe(3);
    directory.lists(twenty);
    expect((await workplace.run('sync test')).stdout).toContain('No changes.');
  });

  test('does not rename everybody at once', async () => {
    const named = (name: string) =>
      Array.from({ length: 25 }, (_, i) => ({ userName: `${name}${i}`, distinguishedName: `UID=${i}` }));
    directory.lists(named('old'));
    await workplace.run('sync now');
    directory.lists(named('new'));
    const { code, stdout } = await workplace.run('sync now');
    expect(stdout).toContain(
      'Blocked: it would rename 25 of 25 stored directory users, more than 10%; to allow it this once: --max-renames 25.',
    );
    expect(code).toBe(3);
  });

  test('a wrong directory.url does not create strangers beside those who are stored', async () => {
    directory.lists(twenty);
    await workplace.run('sync now');
    const strangers = people(...Array.from({ length: 60 }, (_, i) => `other${i}`));
    directory.lists(strangers);
    const none = await workplace.run('sync now --max-deletes 100%');
    expect(none.code).toBe(3);
    expect(none.stdout).toContain(
      'Blocked: no stored directory user was found again (0 of 20), while 60 new ones would be created; check directory.url and scope; to allow it this once: --min-overlap 0%.\n' +
        'Blocked: it would create 60 users, with 20 directory users stored: more than 100%; to allow it this once: --max-creates 60.\n',
    );
    directory.lists([...strangers.slice(0, 5), ...twenty.slice(0, 9)]);
    const few = await workplace.run('sync now --max-deletes 100%');
    expect(few.code).toBe(3);
    expect(few.stdout).toContain(
      'Blocked: only 9 of 20 stored directory users were found again, fewer than 50%; check directory.url and scope; to allow it this once: --min-overlap 45%.\n',
    );
    const [, ...lines] = parseLines((await workplace.run('sync test --format json')).stdout);
    expect(lines.at(-1)).toMatchObject({
      type: 'summary',
      outcome: 'blocked',
      exitCode: 3,
      counts: { stored: 20, found: 9 },
      blocked: true,
      blocks: [
        { limit: 'overlap', changes: 9, stored: 20, exceeded: { percent: 50 }, option: '--min-overlap 45%' },
        {
          limit: 'deletions',
          changes: 11,
          stored: 20,
          exceeded: { percent: 10 },
          option: '--max-deletes 11',
        },
      ],
    });
    expect((await workplace.run('sync now --max-deletes 100% --min-overlap 45%')).code).toBe(0);
  });

  test('a member that is called something else is named before the first import', async () => {
    directory.lists([
      { userName: 'anna', displayName: 'Anna', mail: ['anna@example.com'], department: 'Sales' },
      { userName: 'bert', displayName: 'Bert', mail: 'bert@example.com' },
    ]);
    const { code, stdout } = await workplace.run('sync now');
    expect(code).toBe(3);
    expect(stdout).toContain(
      'Blocked: no entry has fullName, but entries have displayName; if one of these is meant, set directory.members.fullName to it; to allow it this once: --accept-missing fullName.\n' +
        'Blocked: no entry has emailAddresses, but entries have mail;',
    );
    const accepted = 'sync now --accept-missing fullName --accept-missing emailAddresses';
    expect((await workplace.run(accepted)).code).toBe(0);
    expect((await workplace.run('sync now --accept-missing mail')).code).toBe(64);
  });

  test('with --strict skipped entries have an exit code, and the run is committed all the same', async () => {
    directory.lists([...people('anna'), { userName: 7 }]);
    const { code, stdout } = await workplace.run('sync now --strict');
    expect(code).toBe(4);
    expect(stdout).toContain('! skipped   entry 2                 userName is a number, not a string');
    expect(stdout).toContain('Committed as run 1: 1 created.');
  });
});

describe('who is who', () => {
  const ada = { distinguishedName: 'UID=1', fullName: 'Ada Able', emailAddresses: ['ada@example.com'] };
  const bob = { distinguishedName: 'UID=2', fullName: 'Bob Baker', emailAddresses: ['bob@example.com'] };

  test('a name that somebody else has is a question, which can be answered at a glance', async () => {
    directory.lists([{ userName: 'smith', ...ada }, { userName: 'z' }]);
    await workplace.run('sync now');
    directory.lists([{ userName: 'smith', ...bob }, { userName: 'z' }]);
    const asked = await workplace.run('sync now --strict');
    expect(asked.stdout).toContain(
      [
        '  ? in doubt  smith                   may be the stored user with this name, or someone else',
        '                                      differs  full name: stored "Ada Able", listed "Bob Baker"',
        '                                      differs  distinguished name: stored "UID=1", listed "UID=2"',
        '                                      differs  addresses: stored ada@example.com, listed bob@example.com',
        '                                      --same smith: the same person; smith is updated',
        '                                      --new smith: another person; the stored smith is deleted, and any mail they had is set aside',
      ].join('\n'),
    );
    expect(asked.stdout).toContain('Nothing is written for entries in doubt until you answer.');
    expect(asked.code).toBe(4);

    const doubt = parseLines((await workplace.run('sync test --format json')).stdout)[1];
    expect(doubt).toMatchObject({
      type: 'doubt',
      reason: 'contradictsName',
      entry: 1,
      userName: 'smith',
      stored: { userName: 'smith', fullName: 'Ada Able', archive: 'smith' },
      mayMean: ['smith'],
      differs: ['distinguishedName', 'fullName', 'emailAddresses'],
      agrees: [],
      answers: [
        { option: '--same smith', effect: 'update' },
        { option: '--new smith', effect: 'createAndDelete' },
      ],
    });

    const shown = await workplace.run('sync test --new smith');
    expect(shown.stdout).toContain('To commit it: rollcall sync now --new smith\n');
    expect((await workplace.run('sync now --new smith')).stdout).toContain('1 created, 1 deleted');
    expect((await workplace.run('sync test')).stdout).toContain('No changes.');
  });

  test.each([
    ['--same nobody', '--same nobody: no entry in doubt has this name'],
    ['--same z', '--same z: no entry in doubt has this name'],
    ['--new x*', "--new 'x*': it settles no entry in doubt"],
    ['--same smith --new SMITH', '--new SMITH: both --same and --new were given for this name'],
    ['--new boss', '--new boss: an admin has this name; rename them or make them integrated first'],
  ])('%s is refused in one line, and nothing is written', async (answers, message) => {
    directory.lists([
      { userName: 'smith', ...ada },
      { userName: 'boss', fullName: 'Ada' },
      { userName: 'z' },
    ]);
    await workplace.run('sync now');
    await workplace.run('users set boss --privilege admin');
    directory.lists([
      { userName: 'smith', ...bob },
      { userName: 'boss', fullName: 'Bob' },
      { userName: 'z' },
    ]);
    expect(await workplace.run(`sync now ${answers}`)).toEqual({
      code: 64,
      stdout: '',
      stderr: `rollcall: ${message}; "rollcall sync test" shows who is in doubt, and how to answer\n`,
    });
    expect((await workplace.run('history')).stdout).not.toContain('     2  ');
  });
});

describe('the formats', () => {
  test('JSON: header, changes, notices, skipped, summary, one object per line', async () => {
    directory.lists([...people('anna'), null]);
    const { stdout } = await workplace.run('sync test --format json');
    expect(parseLines(stdout)).toEqual([
      {
        type: 'header',
        tool: 'rollcall',
        schemaVersion: 2,
        command: 'sync test',
        mode: 'test',
        version: '0.1.0',
        startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
        directory: directory.url,
        database: nameOf(database.url),
        plan: null,
        undoes: null,
      },
      {
        type: 'change',
        action: 'create',
        userName: 'anna',
        before: null,
        after: {
          userName: 'anna',
          fullName: 'ANNA',
          distinguishedName: null,
          emailAddresses: ['anna@example.com'],
          privileges: ['login'],
          archive: 'anna',
        },
        identity: null,
        archive: null,
      },
      {
        type: 'skipped',
        number: 2,
        userName: null,
        reason: 'notAnObject',
        data: { kind: 'null' },
        message: 'is null, not an object',
      },
      {
        type: 'summary',
        outcome: 'done',
        exitCode: 0,
        counts: {
          ...{ directory: 2, outOfScope: 0, skipped: 1, stored: 0, found: 0, unchanged: 0 },
          ...{ created: 1, renamed: 0, updated: 0, deleted: 0, doubts: 0 },
          ...{
            nameTaken: 0,
            integrated: 0,
            admin: 0,
            gone: 0,
            goneCounting: 0,
            held: 0,
            unsure: 0,
            laterChange: 0,
          },
        },
        durationMs: expect.any(Number) as number,
        blocked: false,
        blocks: [],
        held: null,
        firstDeletions: false,
        committed: false,
        run: null,
      },
    ]);
  });

  test('Markdown: a table that names cannot break', async () => {
    directory.lists([{ userName: 'a|b', fullName: '<b>*x*</b> [l](http://x) `c`\n| d' }]);
    const { stdout } = await workplace.run('sync test --format markdown');
    const row = stdout.split('\n').find((line) => line.includes('create'));
    expect(row).toBe(
      '| + create | a&#124;b | &#60;b&#62;&#42;x&#42;&#60;&#47;b&#62; &#91;l&#93;&#40;http&#58;&#47;&#47;x&#41; &#96;c&#96;&#92;u&#123;a&#125;&#124; d, no address |',
    );
    expect(stdout).toContain('**Plan: 1 to create.**');
  });

  test('--output takes the result, and standard output stays empty', async () => {
    directory.lists(people('anna'));
    expect(await workplace.run('sync test --format json --output out.jsonl')).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    expect(parseLines(readFileSync(join(workplace.folder, 'out.jsonl'), 'utf8')).at(-1)).toMatchObject({
      counts: { created: 1 },
    });
    const { code, stderr } = await workplace.run('sync now --output no/such/folder');
    expect(code).toBe(64);
    expect(stderr).toMatch(
      /^rollcall: cannot write to no\/such\/folder \(--output\): its folder does not exist\n$/,
    );
  });

  test('names are aligned by the width that they take, and long ones are cut', async () => {
    const addresses = Array.from({ length: 1_000 }, (_, i) => `a${i}@example.com`);
    directory.lists([
      { userName: '漢字' },
      { userName: 'x'.repeat(256) },
      { userName: 'z', emailAddresses: addresses },
    ]);
    const { stdout } = await workplace.run('sync now');
    expect(stdout).toContain(`  + create    漢字${' '.repeat(20)}no address\n`);
    expect(stdout).toContain(`  + create    ${'x'.repeat(200)}… no address\n`);
    directory.lists([{ userName: '漢字' }, { userName: 'x'.repeat(256) }, { userName: 'z' }]);
    expect((await workplace.run('sync test')).stdout).toContain(
      `addresses: ${addresses.slice(0, 10).join(', ')}, … and 990 more → (none)\n`,
    );
    const [, change] = parseLines((await workplace.run('sync test --format json')).stdout);
    expect(change).toMatchObject({ before: { emailAddresses: addresses }, after: { emailAddresses: [] } });
  });

  test('a long list is cut, and --all shows it', async () => {
    directory.lists(people(...Array.from({ length: 25 }, (_, i) => `user${i}`)));
    const { stdout } = await workplace.run('sync test');
    expect(stdout.match(/\+ create/g)).toHaveLength(20);
    expect(stdout).toContain('\n    … and 5 more (--all shows them)\n\nPlan: 25 to create.');
    expect((await workplace.run('sync test --all')).stdout.match(/\+ create/g)).toHaveLength(25);
    expect(parseLines((await workplace.run('sync test --format json')).stdout)).toHaveLength(27);
  });
});

describe('a listing in a file', () => {
  const listing = JSON.stringify(people('anna', 'bert'));

  test('is tried instead of the directory, which is not asked, and never committed', async () => {
    const asked = directory.requests.length;
    writeFileSync(join(workplace.folder, 'people.json'), listing);
    const tried = await workplace.run('sync test --listing people.json --exit-code');
    expect(tried).toMatchObject({ code: 2, stderr: '' });
    expect(tried.stdout).toMatch(/^Test: nothing is changed\. people\.json → /);
    expect(tried.stdout).toContain('Plan: 2 to create.');
    expect(tried.stdout).not.toContain('To commit it');
    const piped = await workplace.run('sync test --listing -', { stdin: listing });
    expect(piped.stdout).toMatch(/^Test: nothing is changed\. standard input → /);
    expect(directory.requests).toHaveLength(asked);
    expect(await workplace.run('sync now --listing people.json')).toMatchObject({ code: 64 });
    expect(await workplace.run('sync test --listing missing.json')).toMatchObject({
      ...{ code: 1, stderr: 'rollcall: missing.json cannot be read: it does not exist\n' },
    });
  });

  test('can be the directory; only integrated users log on', async () => {
    writeFileSync(join(workplace.folder, 'people.json.gz'), gzipSync(listing));
    workplace.configure({ directory: { file: 'people.json.gz' }, database: { url: database.url } });
    expect((await workplace.run('sync now')).stdout).toContain('Committed as run 1: 2 created.');
    const stdin = 'a long password';
    await workplace.run('users add root --password-stdin', { stdin });
    expect(await workplace.run('login root --password-stdin', { stdin })).toMatchObject({ code: 0 });
    for (const name of ['anna', 'nobody']) {
      const login = await workplace.run(`login ${name} --password-stdin`, { stdin });
      expect(login.stderr).toMatch(/people\.json\.gz is a file, which knows no passwords/);
      expect(login.code).toBe(1);
    }
  });
});

describe('a reader who leaves early', () => {
  test('is no error, and the run is committed', async () => {
    directory.lists(people(...Array.from({ length: 3_000 }, (_, i) => `user${i}`)));
    const { child, ended } = start(['sync', 'now', '--format', 'json'], { cwd: workplace.folder });
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
    expect((await workplace.run('sync test')).stdout).toContain('No changes.');
  });

  test('or who reads slowly, gets everything', async () => {
    directory.lists(people(...Array.from({ length: 3_000 }, (_, i) => `user${i}`)));
    const { child, ended } = start(['sync', 'test', '--format', 'json'], { cwd: workplace.folder });
    child.stdout.pause();
    setTimeout(() => child.stdout.resume(), 2_000);
    expect(parseLines((await ended).stdout)).toHaveLength(3_002);
  });

  test('of standard error, too', async () => {
    const keys = Array.from({ length: 4_000 }, (_, i) => `key${i}: x`).join('\n');
    writeFileSync(join(workplace.folder, 'rollcall.yaml'), `directory: {url: "http://d/"}\n${keys}\n`);
    const { child, ended } = start(['config', 'check'], { cwd: workplace.folder });
    child.stderr.pause();
    setTimeout(() => child.stderr.resume(), 1_000);
    expect((await ended).stderr.match(/unknown key/g)).toHaveLength(4_000);
  });

  test('a full disk is one, and says what was committed', async () => {
    directory.lists(people('anna'));
    const { code, stderr } = await workplace.run('sync now --output /dev/full');
    expect(stderr).toBe(
      'rollcall: run 1 was committed, but the result could not be written to /dev/full: no space left on the disk; "rollcall history 1" shows it\n',
    );
    expect(code).toBe(1);
    expect(await workplace.run('sync test --output /dev/full')).toMatchObject({ code: 1, stdout: '' });
    const full = openSync('/dev/full', 'w');
    for (const command of ['sync now', 'sync test', 'history', 'config schema', '--version', '--help']) {
      const child = spawn(process.execPath, [binary, ...command.split(' ')], {
        cwd: workplace.folder,
        stdio: ['ignore', full, 'pipe'],
      });
      const [said, status] = await Promise.all([
        child.stderr === null ? '' : text(child.stderr),
        new Promise((resolve) => child.once('exit', resolve)),
      ]);
      expect(status, command).toBe(1);
      // Commander prints these two, and past our own way out.
      if (!command.startsWith('--'))
        expect(said).toMatch(/could not be written to standard output: no space left/);
    }
    closeSync(full);
  });

  test('the last result stays until there is a new one', async () => {
    directory.lists(people('anna'));
    await workplace.run('sync test --output out');
    const before = readFileSync(join(workplace.folder, 'out'), 'utf8');
    directory.answers((_, response) => response.writeHead(500).end());
    expect((await workplace.run('sync test --output out')).code).toBe(1);
    expect(readFileSync(join(workplace.folder, 'out'), 'utf8')).toBe(before);
  });
});

test('a Postgres that accepts and says nothing is given up', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  configure({ database: { url: `postgres://u@127.0.0.1:${port}/x` } });
  expect(await workplace.run('sync test')).toEqual({
    code: 1,
    stdout: '',
    stderr: `rollcall: database 127.0.0.1:${port}/x: the server does not respond (connection)\n`,
  });
  silent.close();
});

test('warnings of Node are shown with --verbose only, in one line', async () => {
  configure({ directory: { url: directory.url.replace('http:', 'https:'), retries: 0 } });
  const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  const { code, stderr } = await workplace.run('sync test', { env });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^rollcall: [^\n]+\n$/);
  const verbose = await workplace.run('--verbose sync test', { env });
  expect(verbose.stderr).toMatch(/^rollcall: Warning: Setting the NODE_TLS_REJECT_UNAUTHORIZED [^\n]+\n/m);
});

describe('two runs at once', () => {
  test('the second ends at once and says who is at work', async () => {
    let letGo = () => undefined as unknown;
    const asked = new Promise<void>((resolve) => {
      directory.answers((_, response) => {
        resolve();
        letGo = () => response.end('[{"userName":"anna"}]');
      });
    });
    const first = start(['sync', 'now'], { cwd: workplace.folder });
    await asked;
    const began = Date.now();
    const second = await workplace.run('sync now');
    expect(second.code).toBe(75);
    expect(second.stderr).toMatch(
      new RegExp(
        `^rollcall: the database ${nameOf(database.url)} is in use by process ${first.child.pid} of \\S+ on \\S+, since \\d{4}-\\S+Z\n$`,
      ),
    );
    expect(Date.now() - began).toBeLessThan(5_000);
    letGo();
    expect((await first.ended).code).toBe(0);
  });

  test('a run that another machine overtook notices it', async () => {
    const overtaken = new Promise<void>((resolve) => {
      directory.answers(async (_, response) => {
        directory.lists(people('anna'));
        // Another TMPDIR is another machine to the lock of the operating system.
        expect(await workplace.run('sync now', { env: { TMPDIR: workplace.folder } })).toMatchObject({
          code: 0,
        });
        response.end('[]');
        resolve();
      });
    });
    const { code, stderr } = await workplace.run('sync now');
    await overtaken;
    expect(stderr).toBe(
      'rollcall: another run (number 1) was committed while this one was reading the directory; nothing was changed\n',
    );
    expect(code).toBe(75);
  });
});

test.each([
  ['SIGINT', 130, 'interrupted'],
  ['SIGTERM', 143, 'terminated'],
] as const)('%s while the directory is awaited ends with %i', async (signal, code, word) => {
  const asked = new Promise<void>((resolve) => directory.answers(() => resolve()));
  const { child, ended } = start(['sync', 'now'], { cwd: workplace.folder });
  await asked;
  child.kill(signal);
  expect(await ended).toEqual({ code, stdout: '', stderr: `rollcall: ${word}; nothing was changed\n` });
});

function nameOf(url: string): string {
  const { host, pathname } = new URL(url);
  return host + pathname;
}
