import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { showConfig } from '../../src/config/load.ts';
import { folder, load, minimal, problems, serverOf, surroundings, write, useFolder } from './given.ts';

useFolder();

const certificates = resolve(import.meta.dirname, '../servers/certificates');
const pem = (name: string) => readFileSync(join(certificates, name), 'latin1');
const put = (name: string, content: string | Buffer, mode = 0o600) => {
  writeFileSync(join(folder, name), content, 'latin1');
  chmodSync(join(folder, name), mode);
};
const given = (line: string) => `${minimal}  ${line}\n`;

const both = 'needs a userName with a password, or a token, but not both';
const notToken = 'must be the token alone: ASCII characters, without white space and without "Bearer"';
const notHeader = 'must not contain line breaks, control characters or characters outside ISO-8859-1';
const fixed = 'must not be set: it belongs to the request itself';
const own = (name: string) => `rollcall sends ${name} itself, in every request or at a login`;
const same = (other: string) => `${other} has the same name; each member needs its own`;

describe('mistakes about a directory that exists already', () => {
  test.each<[string, string[]]>([
    [
      'authentication: {}',
      ['authentication: needs userName with password or passwordFile, or else token or tokenFile'],
    ],
    ['authentication: {userName: u}', ['authentication: needs exactly one of password and passwordFile']],
    ['authentication: {password: p}', ['authentication.userName: is missing']],
    ['authentication: {token: t, userName: u}', [`authentication: ${both}`]],
    ['authentication: {token: t, userName: u, password: p}', [`authentication: ${both}`]],
    ['authentication: {tokenFile: nowhere, password: p}', [`authentication: ${both}`]],
    [
      'authentication: {token: t, tokenFile: nowhere}',
      ['authentication: needs exactly one of token and tokenFile'],
    ],
    ...['a b', 'Bearer abc', '"a\\n"', '" a"', 'ä', '"\\u007f"'].map((token): [string, string[]] => [
      `authentication: {token: ${token}}`,
      [`authentication.token: ${notToken}`],
    ]),
    ['authentication: {token: ""}', ['authentication.token: must not be empty']],
    [
      'authentication: {token: 7}',
      ['authentication.token: must be a string; put a value such as 0123 or true in quotes'],
    ],
    [
      'authentication:\n      token: abc #d',
      ['authentication.token: is cut off at the #, which starts a comment; put the token in quotes'],
    ],
    [
      'headers:\n      X-Key: abc #d',
      ['headers.X-Key: is cut off at the #, which starts a comment; put the value in quotes'],
    ],
    [
      'parameters:\n      key: abc #d',
      ['parameters.key: is cut off at the #, which starts a comment; put the value in quotes'],
    ],
    ['headers: [a]', ['headers: must be a section with keys']],
    ['headers: {X: [a]}', ['headers.X: must be a string']],
    ['headers: {X: 7}', ['headers.X: must be a string; put a value such as 0123 or true in quotes']],
    ['headers: {X: ""}', ['headers.X: must not be empty']],
    ...['a\\r\\nX-B: c', 'a\\nb', 'a\\0', '\\u20ac', '\\u007f', '\\u0085'].map(
      (value): [string, string[]] => [`headers: {X: "${value}"}`, [`headers.X: ${notHeader}`]],
    ),
    ['headers: {X: " a"}', ['headers.X: must not begin or end with white space']],
    ...['X A', 'X:A', 'Xä', '', '"X"'].map((name): [string, string[]] => [
      `headers: {'${name}': a}`,
      [`headers.${name}: is not a name of a header field`],
    ]),
    ['headers: {AUTHORIZATION: a}', ['headers.AUTHORIZATION: put it in directory.authentication']],
    ...[
      ...['host', 'Content-Type', 'content-length', 'Content-Encoding', 'Transfer-Encoding', 'Connection'],
      ...['Expect', 'Upgrade', 'TE', 'Trailer', 'Keep-Alive', 'Proxy-Authorization', 'Accept-Encoding'],
      ...['Range', 'If-None-Match'],
    ].map((name): [string, string[]] => [`headers: {${name}: a}`, [`headers.${name}: ${fixed}`]]),
    ['headers: {constructor: a}', ['headers.constructor: cannot be sent']],
    ['headers: {X-A: a, x-a: b}', ['headers.x-a: differs from X-A in case only']],
    ...['cmd', 'CMD', 'cmd[]', 'cmd[a]'].map((name): [string, string[]] => [
      `parameters: {"${name}": a}`,
      [`parameters.${name}: ${own('cmd')}`],
    ]),
    [
      'parameters: {userName: a, password: b}',
      [`parameters.userName: ${own('userName')}`, `parameters.password: ${own('password')}`],
    ],
    [
      'parameters: {user: a}\n  login: {userNameParameter: user, command: ""}',
      [`parameters.user: ${own('user')}`, 'login.command: must not be empty'],
    ],
    ['parameters: {"": a}', ['parameters.: must have a name']],
    ['parameters: {n: 7}', ['parameters.n: must be a string; put a value such as 0123 or true in quotes']],
    ['members: {login: a}', ['members: unknown key "login"; "rollcall config schema" lists the known keys']],
    ['members: {userName: ""}', ['members.userName: must not be empty']],
    [
      'members: {userName: 7}',
      ['members.userName: must be a string; put a value such as 0123 or true in quotes'],
    ],
    ['members: {userName: mail, emailAddresses: mail}', [`members.emailAddresses: ${same('userName')}`]],
    ['members: {fullName: userName}', [`members.fullName: ${same('userName')}`]],
    ['members: {userName: fullName}', [`members.userName: ${same('fullName')}`]],
    ['tls: {certFile: nowhere}', ['tls.certFile: needs keyFile, too']],
    ['tls: {keyFile: nowhere}', ['tls.keyFile: needs certFile, too']],
  ])('%s', async (line, expected) => {
    const plain = (problem: string) => problem.replace(/^\d+:\d+ directory\./, '');
    expect((await problems(given(line))).map(plain)).toEqual(expected);
  });

  test('no header or parameter is lost without a word', async () => {
    for (const section of ['headers', 'parameters'])
      expect(await problems(given(`${section}: {__proto__: a}`))).toEqual([
        expect.stringMatching(/^3:\d+ directory\.\w+\.__proto__: cannot be a key$/),
      ]);
  });

  test('a file instead of a server has no use for what is sent', async () => {
    const text =
      'directory: {file: a.json, headers: {X: a}, parameters: {n: a}, members: {userName: login}}\n';
    expect(await problems(text)).toEqual([
      '1:27 directory.headers: is only for directory.url',
      '1:44 directory.parameters: is only for directory.url',
    ]);
    expect(await problems('directory: {file: a.json, urlFile: nowhere}\n')).toEqual([
      '1:1 directory: needs exactly one of url, urlFile and file',
    ]);
  });
});

describe('files', () => {
  test.each<[string, string, string | null]>([
    ['client.crt', 'client.key', null],
    ['server.crt', 'client.key', 'keyFile: the file contains the key of another certificate'],
    [
      'client.crt',
      'client-encrypted.key',
      'keyFile: the file contains a key with a passphrase, which is not supported; "openssl pkey" writes one without',
    ],
    ['client.crt', 'client.crt', 'keyFile: the file contains no private key (PEM) that can be used'],
    ['client.key', 'client.key', 'certFile: the file contains no PEM certificate'],
    ['client.crt', 'traditional.key', null],
    [
      'client.crt',
      'traditional-encrypted.key',
      'keyFile: the file contains a key with a passphrase, which is not supported; "openssl pkey" writes one without',
    ],
    ['client.crt', 'ed25519.key', 'keyFile: the file contains the key of another certificate'],
    ['together.pem', 'together.pem', null],
  ])('a client certificate in %s, with the key in %s', async (cert, key, problem) => {
    for (const name of ['client.crt', 'client.key', 'client-encrypted.key', 'server.crt'])
      copyFileSync(join(certificates, name), join(folder, name));
    const { createPrivateKey } = await import('node:crypto');
    const whole = createPrivateKey(pem('client.key'));
    put('traditional.key', whole.export({ type: 'sec1', format: 'pem' }));
    const secretly = { type: 'sec1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'canary' } as const;
    put('traditional-encrypted.key', whole.export(secretly));
    const { privateKey } = generateKeyPairSync('ed25519');
    put('ed25519.key', privateKey.export({ type: 'pkcs8', format: 'pem' }));
    put('together.pem', `Zo\xeb\n${pem('client.key')}${pem('client.crt')}${pem('authority.crt')}`);
    const text = given(`tls: {certFile: ${cert}, keyFile: ${key}}`);
    const found = await problems(text);
    expect(found.map((one) => one.replace(/^3:\d+ directory\.tls\./, ''))).toEqual(problem ? [problem] : []);
    if (problem === null)
      expect(serverOf(await load(write(text))).tls.client).toEqual({
        cert: readFileSync(join(folder, cert), 'latin1'),
        key: readFileSync(join(folder, key), 'latin1'),
      });
  });

  test('a URL and a token come from files, without the line feed at their end', async () => {
    put('url', 'https://directory.example.com/users?key=canary\n');
    put('token', 'canary.canary\r\n');
    const text = 'directory: {urlFile: url, authentication: {tokenFile: token}}\n';
    expect(serverOf(await load(write(text)))).toMatchObject({
      url: 'https://directory.example.com/users?key=canary',
      authentication: { token: 'canary.canary' },
    });
    expect((await showConfig(write(text), surroundings())).yaml).not.toContain('canary');
  });

  test.each([
    ['url', 'ftp://canary/', 'must start with http:// or https://'],
    ['url', 'canary', 'must be a URL that starts with http:// or https://'],
    ['url', 'https://u:canary@d/', 'must not contain credentials; put them in directory.authentication'],
    ['url', '\n', 'is empty'],
    ['token', 'Bearer canary', notToken],
    ['token', 'canary\n\n', notToken],
    ['token', '', 'is empty'],
  ])('what is wrong in the file of the %s is told without it: %j', async (name, content, problem) => {
    put('url', 'https://d/');
    put('token', 'canary');
    put(name, content);
    const found = await problems('directory: {urlFile: url, authentication: {tokenFile: token}}\n');
    const key = name === 'url' ? '13 directory.urlFile' : '44 directory.authentication.tokenFile';
    expect(found).toEqual([`1:${key}: ${problem === 'is empty' ? 'the file' : 'its content'} ${problem}`]);
  });
});

describe('what is shown of it', () => {
  const secrets = [
    'directory:',
    '  url: https://directory.example.com/?key=canary',
    '  authentication: {token: canary}',
    '  headers: {X-Key: canary, X-Tenant: "${T}"}',
    '  parameters: {api key: canary, empty: ""}',
    '  members: {userName: login, emailAddresses: mail}',
    '',
  ].join('\n');

  test('has the names of headers and parameters, and no values', async () => {
    const { yaml } = await showConfig(write(secrets), surroundings({ T: 'canary' }));
    expect(yaml).not.toContain('canary');
    expect(yaml.split('\n').slice(1, 13)).toEqual([
      '  url: https://directory.example.com/?key=********',
      '  authentication:',
      '    token: "********"',
      '  headers:',
      '    X-Key: "********"',
      '    X-Tenant: "********"',
      '  parameters:',
      '    api key: "********"',
      '    empty: "********"',
      '  members:',
      '    userName: login',
      '    emailAddresses: mail',
    ]);
    expect(await problems(yaml)).toEqual([]);
  });

  test('no value stands in a problem', async () => {
    const wrong = secrets.replaceAll('canary', '"canary\\n\\u20ac"').replace('"canary', 'ftp://canary');
    expect((await problems(wrong, { T: 'canary\u20ac' })).length).toBeGreaterThan(2);
    expect((await problems(wrong, { T: 'canary\u20ac' })).join()).not.toContain('canary');
  });
});

describe('warnings', () => {
  const warnings = async (text: string, mode = 0o600, env = {}) =>
    (await load(write(text, mode), env)).warnings;

  test.each([
    ['authentication: {token: t}', 'the directory token is'],
    ['headers: {X-Tenant: a}', 'directory.headers are'],
    ['parameters: {tenant: a}', 'directory.parameters are'],
    [
      'authentication: {userName: u, password: p}, headers: {X: a}, parameters: {n: a}',
      'the directory password, directory.headers, directory.parameters are',
    ],
  ])('tell what travels in clear: %s', async (section, words) => {
    const at = (url: string) => warnings(`directory: {url: "${url}", ${section}}\n`);
    expect(await at('http://directory.example.com/')).toEqual([
      `${words} sent unencrypted; use https in directory.url`,
    ]);
    expect(await at('http://localhost/')).toEqual([]);
    expect(await at('https://directory.example.com/')).toEqual([]);
    put('url', 'http://directory.example.com/');
    expect(await warnings(`directory: {urlFile: url, ${section}}\n`)).toEqual([
      `${words} sent unencrypted; use https in directory.urlFile`,
    ]);
  });

  test('tell of secrets that anyone can read: in this file by their names, in others always', async () => {
    const open = (path: string) =>
      `${join(folder, path)} contains a secret, and anyone on this machine can read it; chmod 600 it`;
    const literally = (line: string, env = {}) => warnings(given(line), 0o644, env);
    for (const line of ['authentication: {token: t}', 'headers: {X-Api-Key: k}', 'parameters: {secret: s}'])
      expect(await literally(line)).toEqual([open('rollcall.yaml')]);
    for (const line of [
      'authentication: {token: "${T}"}',
      'headers: {X-Tenant: k}',
      'headers: {Cookie: "${T}"}',
    ])
      expect(await literally(line, { T: 't' })).toEqual([]);
    const url = (query: string) => warnings(`directory: {url: "https://d/?${query}"}\n`, 0o644);
    expect(await url('api_key=k')).toEqual([open('rollcall.yaml')]);
    expect(await url('site=a')).toEqual([]);
    put('url', 'https://d/', 0o644);
    put('token', 't', 0o644);
    put('client.crt', pem('client.crt'), 0o644);
    put('client.key', pem('client.key'), 0o644);
    expect(
      await warnings(
        'directory: {urlFile: url, authentication: {tokenFile: token}, tls: {certFile: client.crt, keyFile: client.key}}\n',
      ),
    ).toEqual(expect.arrayContaining(['url', 'token', 'client.key'].map(open)));
  });

  test('tell that a client certificate is of no use over http', async () => {
    copyFileSync(join(certificates, 'client.crt'), join(folder, 'client.crt'));
    put('client.key', pem('client.key'));
    expect(
      await warnings(
        'directory: {url: "http://127.0.0.1/", tls: {certFile: client.crt, keyFile: client.key}}\n',
      ),
    ).toEqual(['the client certificate of directory.tls is not used without https in directory.url']);
  });
});
