import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inspectConfig, loadConfig } from '../../src/config/load.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(text: string, mode = 0o600): string {
  const file = join(folder, 'rollcall.yaml');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

const minimal = 'directory:\n  url: https://directory.example.com/\n';

/** Every problem as `line:column key: message`. */
async function problems(text: string, environment = {}): Promise<string[]> {
  return (await inspectConfig(write(text), environment)).problems.map(
    ({ line, column, key, message }) => `${line}:${column} ${key}: ${message}`,
  );
}

test('one URL suffices; everything else has its default', async () => {
  expect(await loadConfig(write(minimal), {})).toEqual({
    file: join(folder, 'rollcall.yaml'),
    directory: {
      url: 'https://directory.example.com/',
      authentication: null,
      login: {
        command: 'auth',
        userNameParameter: 'userName',
        passwordParameter: 'password',
        answerMember: 'authenticated',
      },
      tls: { ca: null, ignoreWarnings: false },
      timeouts: { connect: 10_000, idle: 120_000, total: 900_000 },
      retries: 3,
      maxSize: 1_000_000_000,
      proxy: null,
    },
    database: { kind: 'embedded', folder: join(folder, 'rollcall-data') },
    scope: { include: [], exclude: [] },
    options: { deleteUsers: false, renames: true, takeOver: 'agreed' },
    limits: {
      deletions: { percent: 10, atLeast: 5, count: 500 },
      updates: { percent: 50, atLeast: 20, count: null },
      renames: { percent: 10, atLeast: 5, count: null },
      creations: { percent: 100, atLeast: 50, count: null },
      overlap: { percent: 50, fromUsers: 20 },
    },
    defaultPrivileges: { user: ['login'], archive: ['read'] },
    warnings: [],
  });
});

test('the example is a valid configuration, and so is every line of it that is commented out', async () => {
  const example = resolve(import.meta.dirname, '../../config.example.yaml');
  expect((await loadConfig(example, {})).options).toEqual({
    deleteUsers: false,
    renames: true,
    takeOver: 'agreed',
  });
});

describe('the environment', () => {
  test('is put into values after parsing, so that a value cannot add keys', async () => {
    const text = `${minimal}  authentication:\n    userName: \${WHO}\n    password: "a$$b\${PASS}"\n`;
    const { authentication } = (await loadConfig(write(text), { WHO: 'me\nretries: 9', PASS: '#: "x' }))
      .directory;
    expect(authentication).toEqual({ userName: 'me\nretries: 9', password: 'a$b#: "x' });
    const commented = `${minimal}  authentication:\n    userName: u\n    password: \${PASS} # from outside\n`;
    expect((await loadConfig(write(commented), { PASS: 'p' })).directory.authentication?.password).toBe('p');
  });

  test('has to hold every variable that is asked for', async () => {
    expect(await problems(`directory:\n  url: \${NO_SUCH}\n  proxy: \${1}\n`)).toEqual([
      '2:8 : the environment variable NO_SUCH is not set',
      '3:10 : ${ must be followed by the name of a variable and }; for a plain ${ write $${',
    ]);
  });
});

describe('secrets', () => {
  test('come from files, without the line feed at their end', async () => {
    writeFileSync(join(folder, 'password'), 'se cret\n');
    writeFileSync(join(folder, 'url'), 'postgres://u:p@db/x\n');
    const text = `${minimal}  authentication: {userName: u, passwordFile: password}\ndatabase: {urlFile: url, schema: mail}\n`;
    const { directory, database } = await loadConfig(write(text), {});
    expect(directory.authentication).toEqual({ userName: 'u', password: 'se cret' });
    expect(database).toEqual({ kind: 'postgres', url: 'postgres://u:p@db/x', schema: 'mail' });
  });

  test.each([
    '!',
    '&',
    '*',
    '|',
    '>',
    '%',
    '@',
    '`',
    '"\\q',
    "'",
    '{',
    '[',
    '? ',
    '- ',
    '# ',
    ': ',
    '!<',
    '!!',
  ])('are not shown when they begin with %s and YAML takes them for something else', async (start) => {
    for (const end of ['', '"', "'", ': x', ' }', '\n']) {
      const text = `${minimal}  authentication:\n    userName: u\n    password: ${start}canary${end}\n    x: y\n`;
      const found = await problems(text);
      expect(found).not.toEqual([]);
      expect(found.join()).not.toContain('canary');
    }
  });

  test('that anybody can read are warned of, but not those of the environment', async () => {
    const withPassword = (password: string) =>
      `${minimal}  authentication: {userName: u, password: "${password}"}\n`;
    const warnings = async (text: string, mode: number) =>
      (await loadConfig(write(text, mode), { P: 'p' })).warnings;
    expect(await warnings(withPassword('p'), 0o644)).toEqual([
      `${join(folder, 'rollcall.yaml')} holds a password and anybody on this machine can read it; chmod 600 it`,
    ]);
    expect(await warnings(withPassword('p'), 0o640)).toEqual([]);
    expect(await warnings(withPassword('${P}'), 0o644)).toEqual([]);
    expect(await warnings(`${minimal}database: {url: "postgres://u:p@h/d"}`, 0o644)).toHaveLength(1);
    expect(await warnings(`${minimal}database: {url: "postgres://u@h/d"}`, 0o644)).toEqual([]);
    expect(await warnings(minimal, 0o777)).toEqual([
      `anybody on this machine can change ${join(folder, 'rollcall.yaml')}; chmod 600 it`,
    ]);
    const secret = join(folder, 'secret');
    const fromFile = `${minimal}  authentication: {userName: u, passwordFile: secret}\n`;
    writeFileSync(secret, 'p\r\n', { mode: 0o644 });
    expect(await warnings(fromFile, 0o644)).toEqual([
      `${secret} holds a password and anybody on this machine can read it; chmod 600 it`,
    ]);
    chmodSync(secret, 0o600);
    expect(await warnings(fromFile, 0o644)).toEqual([]);
    expect((await loadConfig(write(fromFile), {})).directory.authentication?.password).toBe('p');
  });

  test('that travel in clear are warned of, except on this machine', async () => {
    const over = async (url: string) => {
      const text = `directory: {url: "${url}", authentication: {userName: u, password: p}}`;
      return (await loadConfig(write(text), {})).warnings;
    };
    expect(await over('http://directory.example.com')).toEqual([
      'the password of the directory travels unencrypted; use https in directory.url',
    ]);
    for (const url of ['http://localhost:1/', 'http://127.0.0.1/', 'http://[::1]/', 'https://example.com']) {
      expect(await over(url)).toEqual([]);
    }
  });
});

describe('all mistakes are reported at once, each with its place', () => {
  test.each<[string, string[]]>([
    ['', ['1:1 directory: is missing']],
    ['directory: {}', ['1:1 directory.url: is missing']],
    ['- a', ['1:1 : must be a section with keys']],
    [
      'directory:\n  url: ftp://x\n  retires: 3\n  timeouts:\n    idle: 30\n    total: 5 minutes\noptions:\n  deleteUsers: "no"\n',
      [
        '2:3 directory.url: must begin with http:// or https://',
        '3:3 directory.retires: unknown key; "rollcall config schema" lists the known',
        '5:5 directory.timeouts.idle: must be a duration such as 500ms, 30s, 5m or 1h',
        '6:5 directory.timeouts.total: must be a duration such as 500ms, 30s, 5m or 1h',
        '8:3 options.deleteUsers: must be true or false',
      ],
    ],
    [
      'directory:\n  url: https://u:p@x/\n  authentication:\n    userName: u\n    password: 0123\n',
      [
        '2:3 directory.url: must not hold credentials; they belong into authentication',
        '5:5 directory.authentication.password: must be a text (a text such as 0123 or yes needs quotes)',
      ],
    ],
    [
      `${minimal}  authentication:\n    userName: u # me\n    password: abc #x\n`,
      ['5:5 directory.authentication.password: ends at the #, which begins a comment; needs quotes'],
    ],
    [
      '%canary\n',
      [
        '1:1 : a line that begins with % is a directive; only %YAML 1.2 is known',
        '2:1 : Missing directives-end indicator line',
      ],
    ],
    [`${minimal}---\nx: y\n`, ['3:1 : a second document begins here; there can be only one']],
    [`${minimal}  authentication:\n    userName: u\n    password: abc#x\n    # comment\n`, []],
    [`${minimal}  authentication:\n    userName: u\n    password: 'abc' # comment\n`, []],
    [`%YAML 1.1\n---\n${minimal}  retries: no\n`, ['5:3 directory.retries: must be a number']],
    [
      `${minimal}  authentication: {userName: u, password: p, passwordFile: f}\n  maxSize: 0 GB\n  proxy: nonsense\n`,
      [
        '3:3 directory.authentication: needs either password or passwordFile',
        '4:3 directory.maxSize: must be more than nothing',
        '5:3 directory.proxy: must be a URL that begins with http:// or https://',
      ],
    ],
    [
      `${minimal}database:\n  url: postgres://u:p@[bad/db\n`,
      ['4:3 database.url: must be a URL that begins with postgres:// or postgresql://'],
    ],
    [
      `${minimal}database: {url: "postgres://h/d", embedded: b}\n`,
      ['3:1 database: needs exactly one of url, urlFile and embedded'],
    ],
    [
      `${minimal}database: {embedded: b, schema: c}\n`,
      ['3:25 database.schema: is for a Postgres, not for embedded'],
    ],
    [
      `${minimal}database: {url: "postgres://h/d", schema: "a; drop"}\n`,
      ['3:35 database.schema: must be a plain lower-case name'],
    ],
    [
      `${minimal}scope:\n  include:\n    - {}\n    - under: nonsense\n    - user: x\n`,
      [
        '5:7 scope.include.0: must name at least one member',
        '6:7 scope.include.1.under: must be a distinguished name such as OU=Staff,DC=example,DC=com',
        '7:7 scope.include.2.user: unknown key; "rollcall config schema" lists the known',
        '7:7 scope.include.2: must name at least one member',
      ],
    ],
    [
      `${minimal}defaultPrivileges:\n  user: [login, admin]\n  archive: [peek]\n`,
      [
        '4:3 defaultPrivileges.user: "admin" stands alone',
        '5:13 defaultPrivileges.archive.0: "peek" is none of none, read, write, delete',
      ],
    ],
    [
      `${minimal}limits: {deletions: {percent: 101, atLeast: -1, count: 1.5}}\n`,
      [
        '3:22 limits.deletions.percent: must be from 0 to 100',
        '3:36 limits.deletions.atLeast: must be 0 or more',
        '3:49 limits.deletions.count: must be a whole number',
      ],
    ],
    [
      'directory: &a\n  url: https://x/\nscope: *a\n',
      ['3:8 : aliases (*name) are not supported; a text that begins with * needs quotes'],
    ],
    [
      'directory:\n  url: !env URL\n',
      ['2:8 : tags (!name) are not supported; a text that begins with ! needs quotes'],
    ],
    [
      'directory: [\n',
      ['2:1 : Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ],
    ['directory: {url: a}\ndirectory: {url: b}\n', ['2:1 : Map keys must be unique']],
  ])('%j', async (text, expected) => expect(await problems(text)).toEqual(expected));

  test('files that cannot be read, or hold something else', async () => {
    writeFileSync(join(folder, 'ca.pem'), 'garbage');
    writeFileSync(join(folder, 'empty'), '\n');
    writeFileSync(join(folder, 'latin1'), 'zo\xeb', 'latin1');
    expect(
      await problems(
        `${minimal}  authentication: {userName: u, passwordFile: empty}\ndatabase: {urlFile: latin1}`,
      ),
    ).toEqual([
      '3:33 directory.authentication.passwordFile: the file is empty',
      '4:12 database.urlFile: cannot read the file: it is not UTF-8',
    ]);
    expect(
      await problems(
        `${minimal}  tls: {caFile: ca.pem}\n  authentication: {userName: u, passwordFile: nowhere}\ndatabase: {urlFile: gone}`,
      ),
    ).toEqual([
      '3:9 directory.tls.caFile: the file holds no PEM certificate',
      expect.stringMatching(/^4:\d+ directory\.authentication\.passwordFile: cannot read the file: ENOENT/),
      expect.stringMatching(/^5:\d+ database\.urlFile: cannot read the file: ENOENT/),
    ]);
  });
});
