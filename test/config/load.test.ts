import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folder, load, minimal, problems, serverOf, write, useFolder } from './given.ts';

useFolder();

test('one URL suffices; everything else has its default', async () => {
  expect(await load(write(minimal))).toEqual({
    file: join(folder, 'rollcall.yaml'),
    directory: {
      url: 'https://directory.example.com/',
      authentication: null,
      login: {
        command: 'auth',
        userNameParameter: 'userName',
        passwordParameter: 'password',
        answerMember: 'authenticated',
        timeout: 10_000,
      },
      headers: {},
      parameters: {},
      tls: { ca: null, client: null, ignoreWarnings: false },
      timeouts: { connect: 10_000, idle: 120_000, total: 900_000 },
      retries: 3,
      maxSize: 1_000_000_000,
      proxy: null,
    },
    members: {
      names: {
        userName: 'userName',
        fullName: 'fullName',
        distinguishedName: 'distinguishedName',
        emailAddresses: 'emailAddresses',
      },
      isOneAddressString: false,
    },
    database: { kind: 'embedded', folder: join(folder, 'rollcall-data') },
    scope: { include: [], exclude: [] },
    scopeLines: { include: [], exclude: [] },
    options: { deleteUsers: false, loginWhileGone: true, renames: true, takeOver: 'agreed' },
    limits: {
      deletions: { percent: 10, atLeast: 5, count: 500, onExceeded: 'block' },
      updates: { percent: 50, atLeast: 20, count: null },
      renames: { percent: 10, atLeast: 5, count: null },
      creations: { percent: 100, atLeast: 50, count: null },
      overlap: { percent: 50, fromUsers: 20 },
    },
    defaultPrivileges: { user: ['login'], archive: ['read'] },
    after: { metrics: null, webhook: null, ping: null, connection: { ca: null, proxy: null } },
    warnings: [],
  });
});

describe('the environment', () => {
  test('is put into values after parsing, so that a value cannot add keys', async () => {
    const text = `${minimal}  authentication:\n    userName: \${WHO}\n    password: "a$$b\${PASS}"\n`;
    const { authentication } = serverOf(await load(write(text), { WHO: 'me\nretries: 9', PASS: '#: "x' }));
    expect(authentication).toEqual({ userName: 'me\nretries: 9', password: 'a$b#: "x' });
    const commented = `${minimal}  authentication:\n    userName: u\n    password: \${PASS} # from outside\n`;
    expect(serverOf(await load(write(commented), { PASS: 'p' })).authentication).toMatchObject({
      password: 'p',
    });
  });

  test('has to hold every variable that is asked for', async () => {
    expect(await problems(`directory:\n  url: \${NO_SUCH}\n  proxy: \${1}\n`)).toEqual([
      '2:3 directory.url: the environment variable NO_SUCH is not set',
      '3:3 directory.proxy: ${ must be followed by the name of a variable and }; for a literal ${ write $${',
    ]);
    expect(
      await problems(`${minimal}database: {url: "postgres://\${A}:\${B}@\${H}/\${A}"}\n`, { H: 'h' }),
    ).toEqual(['3:12 database.url: the environment variables A and B are not set']);
  });
});

describe('secrets', () => {
  test('come from files, without the line feed at their end', async () => {
    writeFileSync(join(folder, 'password'), 'se cret\n');
    writeFileSync(join(folder, 'url'), 'postgres://u:p@db/x\n');
    const text = `${minimal}  authentication: {userName: u, passwordFile: password}\ndatabase: {urlFile: url, schema: mail}\n`;
    const config = await load(write(text));
    const { database } = config;
    expect(serverOf(config).authentication).toEqual({ userName: 'u', password: 'se cret' });
    expect(database).toMatchObject({ kind: 'postgres', schema: 'mail' });
    expect(database).toMatchObject({ connection: { name: 'db/x', user: 'u', targets: [{ password: 'p' }] } });
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
      (await load(write(text, mode), { P: 'p' })).warnings;
    expect(await warnings(withPassword('p'), 0o644)).toEqual([
      `${join(folder, 'rollcall.yaml')} contains a secret, and anyone on this machine can read it; chmod 600 it`,
    ]);
    expect(await warnings(withPassword('p'), 0o640)).toEqual([]);
    expect(await warnings(withPassword('${P}'), 0o644)).toEqual([]);
    expect(await warnings(withPassword('$$p'), 0o644)).toHaveLength(1);
    expect(await warnings(`${minimal}database: {url: "postgres://u:p@localhost/d"}`, 0o644)).toHaveLength(1);
    expect(await warnings(`${minimal}database: {url: "postgres://u@localhost/d"}`, 0o644)).toEqual([]);
    expect(await warnings(`${minimal}database: {url: "password='p' dbname=d"}`, 0o644)).toHaveLength(1);
    expect(await warnings(minimal, 0o777)).toEqual([
      `anyone on this machine can change ${join(folder, 'rollcall.yaml')}; chmod 600 it`,
    ]);
    const secret = join(folder, 'secret');
    const fromFile = `${minimal}  authentication: {userName: u, passwordFile: secret}\n`;
    writeFileSync(secret, 'p\r\n', { mode: 0o644 });
    expect(await warnings(fromFile, 0o644)).toEqual([
      `${secret} contains a secret, and anyone on this machine can read it; chmod 600 it`,
    ]);
    chmodSync(secret, 0o600);
    expect(await warnings(fromFile, 0o644)).toEqual([]);
    expect(serverOf(await load(write(fromFile))).authentication).toMatchObject({ password: 'p' });
  });

  test('that travel in clear are warned of, except on this machine', async () => {
    const over = async (url: string) => {
      const text = `directory: {url: "${url}", authentication: {userName: u, password: p}}`;
      return (await load(write(text))).warnings;
    };
    expect(await over('http://directory.example.com')).toEqual([
      'the directory password is sent unencrypted; use https in directory.url',
    ]);
    for (const url of ['http://localhost:1/', 'http://127.0.0.1/', 'http://[::1]/', 'https://example.com']) {
      expect(await over(url)).toEqual([]);
    }
  });
});
