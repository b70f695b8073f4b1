import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nearest } from '../../src/core/nearest.ts';
import { folder, minimal, problems, useFolder } from './given.ts';

useFolder();

describe('all mistakes are reported at once, each with its place', () => {
  test.each<[string, string[]]>([
    ['', ['1:1 directory: is missing']],
    ['directory: {}', ['1:1 directory: needs exactly one of url, urlFile and file']],
    ['- a', ['1:1 : must be a section with keys']],
    [
      'directory:\n  url: ftp://x\n  retires: 3\n  timeouts:\n    idle: 30\n    total: 5 minutes\noptions:\n  deleteUsers: "no"\n',
      [
        '2:3 directory.url: must start with http:// or https://',
        '3:3 directory: unknown key "retires"; did you mean retries?',
        '5:5 directory.timeouts.idle: must be a duration such as 500ms, 30s, 5m or 1h',
        '6:5 directory.timeouts.total: must be a duration such as 500ms, 30s, 5m or 1h',
        '8:3 options.deleteUsers: must be false, true, or a section with after and listings',
      ],
    ],
    [
      'directory:\n  url: https://u:p@x/\n  authentication:\n    userName: u\n    password: 0123\n',
      [
        '2:3 directory.url: must not contain credentials; put them in directory.authentication',
        '5:5 directory.authentication.password: must be a string; put a value such as 0123 or true in quotes',
      ],
    ],
    [
      `${minimal}  authentication:\n    userName: u # me\n    password: abc #x\n`,
      [
        '5:5 directory.authentication.password: is cut off at the #, which starts a comment; put the password in quotes',
      ],
    ],
    [
      '%canary\n',
      [
        '1:1 : a line that starts with % is a directive; only %YAML 1.2 is supported',
        '2:1 : missing directives-end indicator line',
      ],
    ],
    [`${minimal}---\nx: y\n`, ['3:1 : a second document starts here; there can be only one']],
    [`${minimal}  authentication:\n    userName: u\n    password: abc#x\n    # comment\n`, []],
    [`${minimal}  authentication:\n    userName: u\n    password: 'abc' # comment\n`, []],
    [`%YAML 1.1\n---\n${minimal}  retries: no\n`, ['5:3 directory.retries: must be a number']],
    [
      `${minimal}  authentication: {userName: u, password: p, passwordFile: f}\n  maxSize: 0 GB\n  proxy: nonsense\n`,
      [
        '3:3 directory.authentication: needs exactly one of password and passwordFile',
        '4:3 directory.maxSize: must be more than 0',
        '5:3 directory.proxy: must be a URL that starts with http:// or https://',
      ],
    ],
    [
      `${minimal}options:\n  deleteUsers:\n    after: 30\n    listing: 3\nlimits: {deletions: {onExceeded: skip}}\n`,
      [
        '4:3 options.deleteUsers.listings: is missing',
        '5:5 options.deleteUsers.after: must be a time such as 12h or 30d',
        '6:5 options.deleteUsers: unknown key "listing"; did you mean listings?',
        '7:22 limits.deletions.onExceeded: must be block or hold',
      ],
    ],
    ...[
      ['59m', '0', 'must be from 1h to 3650d', 'must be from 1 to 1000'],
      ['3651d', '1001', 'must be from 1h to 3650d', 'must be from 1 to 1000'],
      ['90s', '1.5', 'must be a time such as 12h or 30d', 'must be a whole number'],
    ].map(([after = '', listings = '', first = '', second = '']): [string, string[]] => [
      `${minimal}options:\n  deleteUsers:\n    after: ${after}\n    listings: ${listings}\n`,
      [`5:5 options.deleteUsers.after: ${first}`, `6:5 options.deleteUsers.listings: ${second}`],
    ]),
    [
      `${minimal}database:\n  url: postgres://u:p@[bad/db\n`,
      ['4:3 database.url: needs an IPv6 address in [ and ], followed by :, / or ?'],
    ],
    [
      `${minimal}database: {url: "postgres://h/d", embedded: b}\n`,
      ['3:1 database: needs exactly one of url, urlFile and embedded'],
    ],
    [
      `${minimal}database: {embedded: b, schema: c}\n`,
      ['3:25 database.schema: is only for Postgres; the embedded store has no schema'],
    ],
    [
      `${minimal}database: {url: "postgres://h/d", schema: "a; drop"}\n`,
      [
        '3:35 database.schema: must be at most 63 lowercase letters, digits and _, and must not start with a digit',
      ],
    ],
    [
      `${minimal}scope:\n  include:\n    - {}\n    - under: nonsense\n    - user: x\n`,
      [
        '5:7 scope.include.0: needs at least one of userName, fullName, emailAddress, emailDomain, distinguishedName and under',
        '6:7 scope.include.1.under: must be a distinguished name such as OU=Staff,DC=example,DC=com',
        '7:7 scope.include.2: unknown key "user"; did you mean userName?',
      ],
    ],
    [
      `${minimal}defaultPrivileges:\n  user: [login, admin]\n  archive: [peek]\n`,
      [
        '4:3 defaultPrivileges.user: "admin" cannot be combined with other privileges',
        '5:13 defaultPrivileges.archive.0: "peek" is not one of none, read, write, delete',
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
      `${minimal}defaultPrivileges: {user: [login, peek, login, 7]}\n`,
      [
        '3:21 defaultPrivileges.user: a privilege appears twice',
        expect.stringMatching(/^3:35 defaultPrivileges\.user\.1: "peek" is not one of none, admin, login, /),
        '3:48 defaultPrivileges.user.3: must be a string',
      ],
    ],
    [
      `${minimal}  authentication: {user: u, password: 7}\n  tls: {caFile: a, ignoreWarnings: true, verify: no}\n`,
      [
        '3:3 directory.authentication.userName: is missing',
        '3:20 directory.authentication: unknown key "user"; did you mean userName?',
        '3:29 directory.authentication.password: must be a string; put a value such as 0123 or true in quotes',
        expect.stringMatching(/^4:9 directory\.tls\.caFile: cannot read .*: it does not exist$/),
        '4:20 directory.tls.ignoreWarnings: cannot be combined with caFile; remove one of them',
        '4:42 directory.tls: unknown key "verify"; "rollcall config schema" lists the known keys',
      ],
    ],
    [
      `${minimal}  proxy: http://u:p@proxy/\n`,
      ['3:3 directory.proxy: must not contain credentials; proxy authentication is not supported'],
    ],
    [
      `${minimal}  authentication: {userName: u, password: &canary}\n`,
      ['3:50 : anchors (&name) are not supported; a string that starts with & needs quotes'],
    ],
    [
      'directory: &a\n  url: https://x/\nscope: *a\n',
      ['3:8 : aliases (*name) are not supported; a string that starts with * needs quotes'],
    ],
    [
      'directory:\n  url: !env URL\n',
      ['2:8 : tags (!name) are not supported; a string that starts with ! needs quotes'],
    ],
    [
      'directory: [\n',
      ['2:1 : flow sequence in block collection must be sufficiently indented and end with a ]'],
    ],
    ['directory: {url: a}\ndirectory: {url: b}\n', ['2:1 : this key appears twice']],
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
      `4:12 database.urlFile: cannot read ${folder}/latin1: it is not UTF-8`,
    ]);
    expect(
      await problems(
        `${minimal}  tls: {caFile: ca.pem}\n  authentication: {userName: u, passwordFile: nowhere}\ndatabase: {urlFile: gone}`,
      ),
    ).toEqual([
      '3:9 directory.tls.caFile: the file contains no PEM certificate',
      `4:33 directory.authentication.passwordFile: cannot read ${folder}/nowhere: it does not exist`,
      `5:12 database.urlFile: cannot read ${folder}/gone: it does not exist`,
    ]);
  });

  test('a variable that is not set hides nothing else, and nothing follows from it', async () => {
    const text = [
      'directory:',
      '  url: ${URL}',
      '  retires: 3',
      '  authentication: {userName: u, passwordFile: "${FOLDER}/password"}',
      'database: {urlFile: nowhere}',
      'scope:',
      '  include: [{under: "${BRANCH}"}, {under: Staff}]',
      'defaultPrivileges: {user: [login, "${MORE}", admin]}',
      'limits: {updates: {percent: 101}}',
    ].join('\n');
    expect(await problems(text)).toEqual([
      '2:3 directory.url: the environment variable URL is not set',
      '3:3 directory: unknown key "retires"; did you mean retries?',
      '4:33 directory.authentication.passwordFile: the environment variable FOLDER is not set',
      `5:12 database.urlFile: cannot read ${folder}/nowhere: it does not exist`,
      '7:14 scope.include.0.under: the environment variable BRANCH is not set',
      '7:36 scope.include.1.under: must be a distinguished name such as OU=Staff,DC=example,DC=com',
      '8:21 defaultPrivileges.user: "admin" cannot be combined with other privileges',
      '8:35 defaultPrivileges.user.1: the environment variable MORE is not set',
      '9:20 limits.updates.percent: must be from 0 to 100',
    ]);
  });

  test('a file is not looked for where it is open which of two is meant', async () => {
    expect(await problems(`${minimal}database: {urlFile: nowhere, embedded: folder}\n`)).toEqual([
      '3:1 database: needs exactly one of url, urlFile and embedded',
    ]);
  });
});

test.each([
  ['username', 'userName'],
  ['pasword', 'password'],
  ['Password_File', 'passwordFile'],
  ['pass', 'password'],
  ['p', null],
  ['token', null],
])('the known key nearest to %s is %s', (key, meant) => {
  expect(nearest(key, ['userName', 'password', 'passwordFile'])).toBe(meant);
});
