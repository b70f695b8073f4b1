import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withoutPasswords } from '../../src/connection/notation.ts';
import { readConnection } from '../../src/connection/read-connection.ts';
import { defaultFolder } from '../../src/connection/targets.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
  for (const name of ['authority.crt', 'client.crt', 'server.key', 'client.key', 'client-encrypted.key']) {
    copyFileSync(join('test/servers/certificates', name), join(folder, name));
    chmodSync(join(folder, name), 0o600);
  }
  writeFileSync(join(folder, 'garbage'), 'garbage', { mode: 0o600 });
  mkdirSync(join(folder, 'home/.postgresql'), { recursive: true });
  mkdirSync(join(folder, 'empty'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const readIn = (text: string, env: Record<string, string> = {}, home = 'empty') =>
  readConnection(text, { env, userName: 'ann', home: join(folder, home), folder });

function good(text: string, env: Record<string, string> = {}, home?: string) {
  const read = readIn(text, env, home);
  if (read.connection === null) throw new Error(read.problem);
  return read;
}
const connection = (text: string, env?: Record<string, string>) => good(text, env).connection;

function problem(text: string, env?: Record<string, string>): string {
  const read = readIn(text, env);
  return read.connection === null ? read.problem : `read as ${JSON.stringify(read)}`;
}

const escaped = 'is not a valid URI; a / or @ in the password must be written as %2F or %40';
const socket = `[${defaultFolder()}]`;

describe('a text', () => {
  test.each([
    [
      'postgres://u:p@h/d',
      'h/d',
      { user: 'u', database: 'd', targets: [{ host: 'h', port: 5432, password: 'p' }] },
    ],
    ['postgres://u:a#b?c@h/d', 'h/d', { targets: [{ host: 'h', port: 5432, password: 'a#b?c' }] }],
    ['postgres://u:%2F%40%25@h', 'h/u', { targets: [{ host: 'h', port: 5432, password: '/@%' }] }],
    ['postgresql://', `${socket}/ann`, { user: 'ann', database: 'ann' }],
    ['postgres://:1/d', `${socket}:1/d`, {}],
    [
      'postgres://%2Frun%2Fpg/d',
      '[/run/pg]/d',
      { targets: [{ host: '/run/pg', port: 5432, password: null }] },
    ],
    ['postgres:///d?host=/run/pg&port=1', '[/run/pg]:1/d', {}],
    ['postgres://[::1]:5433/d', '[::1]:5433/d', { targets: [{ host: '::1', port: 5433, password: null }] }],
    ['postgres://A,b:5433/d', 'a,b:5433/d', {}],
    ['postgres:///d?host=a,b&port=1', 'a:1,b:1/d', {}],
    ["host=h dbname = 'my db' password='it\\'s'", 'h/my db', { targets: [{ password: "it's" }] }],
    ['host=a,b port=1,2 user=u', 'a:1,b:2/u', { user: 'u' }],
    [
      'dbname=d connect_timeout=3 application_name=x',
      `${socket}/d`,
      { timeout: 3_000, applicationName: 'x' },
    ],
    [
      'dbname=d fallback_application_name=x connect_timeout=0',
      `${socket}/d`,
      { timeout: 10_000, applicationName: 'x' },
    ],
    ['postgres://h/d?ssl=true', 'h/d', { tls: { mode: 'require', isVerified: false } }],
    ['postgres://h/d?requiressl=1', 'h/d', { tls: { mode: 'require' } }],
    [
      'postgres://h/d',
      'h/d',
      { tls: { mode: 'prefer', isVerified: false }, session: 'any', keepAlive: 10_000 },
    ],
    [
      'postgres://h/d?sslmode=verify-full',
      'h/d',
      { tls: { mode: 'verify-full', isVerified: true, files: {} } },
    ],
    ['postgres://h/d?sslrootcert=system', 'h/d', { tls: { mode: 'verify-full', files: {} } }],
    ['postgres://h/d?sslmode=require&sslnegotiation=direct', 'h/d', { tls: { isDirect: true } }],
    [
      'postgres://h/d?ssl_max_protocol_version=tlsV1.3',
      'h/d',
      { tls: { versions: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' } } },
    ],
    [
      'postgres://h/d?keepalives_idle=5&options=-c%20jit%3Doff',
      'h/d',
      { keepAlive: 5_000, options: '-c jit=off' },
    ],
    [
      'postgres://h/d?keepalives=0&target_session_attrs=standby',
      'h/d',
      { keepAlive: null, session: 'standby' },
    ],
    [
      'postgres://h/d?gssencmode=prefer&channel_binding=disable&sslsni=1&requirepeer=&client_encoding=auto',
      'h/d',
      {},
    ],
  ])('%s is read', (text, name, expected) => {
    expect(connection(text)).toMatchObject({ name, ...expected });
  });

  test.each([
    ['mysql://h/d', /^must start with postgres:\/\/ or postgresql:\/\/, or consist of pairs such as/],
    ['jdbc:postgresql://h/d?user=u', /^must start with postgres:\/\//],
    ['canary', /^must start with postgres:\/\//],
    ['postgres://u:can/ary@h/d', escaped],
    ['postgres://u:12/canary@h/d', /^is not a valid URI; a \/ or @ in the password/],
    ['postgres://u:p@canary@h/d', /^is not a valid URI; a \/ or @ in the password/],
    ['postgres://u:p@1/canary@h/d', /^is not a valid URI; a \/ or @ in the password/],
    ['postgres://u:1/canary?x@h/d', escaped],
    ['postgres://u:1/canary?canary=x@h/d', escaped],
    ['postgres://u:1/a?user=canary@h/d', escaped],
    ['host= password=canary dbname=d', "has a keyword without a value; write '' for an empty one"],
    ['host=h passfile= password=canary', "has a keyword without a value; write '' for an empty one"],
    ["host='u:canary@h' dbname=d", /^host must not contain an @/],
    ['host=h dbname=postgres://u:canary@h/d', 'dbname must be a name, not a URI'],
    ['postgres://u:p%canary@h/d', /^has a % that is not followed by/],
    ['postgres://u:%E4@h/d', /^has a % that is not followed by/],
    ['postgres://canary:canary', /^port must be a number from 1 to 65535$/],
    ['postgres://h:0/d', 'port must be a number from 1 to 65535'],
    ['postgres://h:/d?port=70000', 'port must be a number from 1 to 65535'],
    ['host=a,b,c port=1,2', 'port must be one number, or one for each host'],
    ['host=@x', 'host must not be an abstract socket'],
    [
      'postgres://h/d?sslmod=require',
      'has the parameter "sslmod", which Postgres does not know; did you mean sslmode?',
    ],
    ['postgres://h/d?schema=x', 'has the parameter "schema", which Postgres does not know'],
    ['postgres://h/d?sslmode', /^needs parameters such as/],
    [
      'password=my canary',
      /^must consist of keyword=value pairs; a value with spaces or quotes needs single quotes/,
    ],
    [
      'password=my canary=x',
      /^has a parameter that Postgres does not know, and that may be a piece of the password;/,
    ],
    ["password='canary", /^has a quote that is not closed/],
    [
      'postgres://h/d?sslmode=verify_full',
      'sslmode must be disable, allow, prefer, require, verify-ca or verify-full',
    ],
    ['sslmode=', 'sslmode must be disable, allow, prefer, require, verify-ca or verify-full'],
    ['postgres://h/d?connect_timeout=soon', 'connect_timeout must be a whole number'],
    ['postgres://h/d?target_session_attrs=master', /^target_session_attrs must be any, read-write, /],
    ['service=x', 'service is not supported here: write the connection itself'],
    ['hostaddr=127.0.0.1', 'hostaddr is not supported here: write the address as host'],
    ['gssencmode=require', /^gssencmode is not supported here: /],
    ['channel_binding=require', /^channel_binding is not supported here: /],
    ['require_auth=scram-sha-256', /^require_auth is not supported here: /],
    ['requirepeer=postgres', /^requirepeer is not supported here: /],
    ['replication=true', /^replication is not supported here: /],
    ['sslrootcert=system sslmode=verify-ca', 'sslrootcert=system needs sslmode=verify-full'],
    ['sslnegotiation=direct', 'sslnegotiation=direct needs sslmode=verify-full, verify-ca or require'],
    ['ssl_max_protocol_version=TLSv1.1', /^ssl_max_protocol_version must not be lower/],
    ['sslrootcert=/nope.pem', 'sslrootcert: cannot read /nope.pem: it does not exist'],
    ['sslrootcert=garbage', 'sslrootcert contains no PEM certificate'],
    ['sslmode=verify-ca sslcrl=garbage', 'sslcrl contains no PEM revocation list'],
    ['sslcert=client.crt', 'sslcert needs sslkey, the file with its private key'],
    ['sslcert=garbage sslkey=client.key', 'sslcert contains no PEM certificate'],
    ['sslcert=client.crt sslkey=garbage', 'sslkey contains no private key that can be used'],
    ['sslcert=client.crt sslkey=server.key', 'sslkey does not belong to the certificate of sslcert'],
    ['sslcert=client.crt sslkey=client-encrypted.key', 'sslkey cannot be decrypted with sslpassword'],
    [
      'sslcert=client.crt sslkey=client-encrypted.key sslpassword=canary',
      'sslkey cannot be decrypted with sslpassword',
    ],
  ])('%s is refused', (text, says) => {
    expect(problem(text)).toMatch(says);
    expect(problem(text)).not.toContain('canary');
  });

  test('that names no user takes the one of the process, if there is one', () => {
    const nobody = { env: {}, userName: null, home: '/nope', folder };
    expect(readConnection('postgres://h/d', nobody)).toMatchObject({
      problem: expect.stringMatching(/^must name a user/) as string,
    });
    expect(readConnection('postgres://h/d', { ...nobody, env: { USER: 'x', PGUSER: 'bob' } })).toMatchObject({
      connection: { user: 'bob', database: 'd' },
    });
  });

  test('is shown without its passwords, and means the same otherwise', () => {
    expect(withoutPasswords('postgres://u:a#b@h/d?sslpassword=b&sslkey=c&password=d')).toBe(
      'postgres://u:********@h/d?sslpassword=********&sslkey=c&password=********',
    );
    expect(withoutPasswords("host=h password = 'a \\' b' sslpassword=c\\ d user=u")).toBe(
      'host=h password = ******** sslpassword=******** user=u',
    );
    expect(withoutPasswords('postgres://u@h/d?password=')).toBe('postgres://u@h/d?password=********');
    expect(withoutPasswords('postgres://u:can/ary@h/d')).toBe('********');
  });
});

describe('the environment', () => {
  test('fills in what the text leaves out', () => {
    const env = {
      ...{ PGHOST: 'h', PGPORT: '1', PGDATABASE: 'd', PGUSER: 'u', PGPASSWORD: 'p', PGOPTIONS: '-c jit=off' },
      ...{ PGAPPNAME: 'a', PGSSLMODE: 'require', PGCONNECT_TIMEOUT: '5', PGTARGETSESSIONATTRS: 'primary' },
    };
    const all = {
      ...{
        name: 'h:1/d',
        user: 'u',
        targets: [{ host: 'h', port: 1, password: 'p' }],
        options: '-c jit=off',
      },
      ...{ applicationName: 'a', tls: { mode: 'require' }, timeout: 5_000, session: 'primary' },
    };
    expect(connection('postgres://', env)).toMatchObject(all);
    const own = 'host=x port=2 dbname=y user=z password=q application_name=b sslmode=disable';
    expect(connection(own, env)).toMatchObject({
      ...{ name: 'x:2/y', user: 'z', applicationName: 'b', tls: { mode: 'disable' } },
    });
    expect(connection('postgres://h/d', { PGREQUIRESSL: '1' })).toMatchObject({ tls: { mode: 'require' } });
    expect(connection('postgres://h/d', { PGREQUIRESSL: '1', PGSSLMODE: 'allow' })).toMatchObject({
      tls: { mode: 'allow' },
    });
  });

  test.each([
    [
      { PGSERVICE: 'x' },
      'the environment variable PGSERVICE is not supported here: write the connection itself',
    ],
    [{ PGSSLMODE: 'verify_full' }, 'the environment variable PGSSLMODE must be disable, allow, '],
    [{ PGREQUIREPEER: 'x' }, 'the environment variable PGREQUIREPEER is not supported here: '],
    [{ PGPORT: 'x' }, 'the environment variable PGPORT must be a number from 1 to 65535'],
    [
      { PGSSLROOTCERT: '/nope' },
      'the environment variable PGSSLROOTCERT: cannot read /nope: it does not exist',
    ],
  ])('%j is refused', (env, says) => {
    expect(problem('postgres:///d', env)).toContain(says);
  });
});

describe('files', () => {
  test('in ~/.postgresql count without being named', () => {
    const home = join(folder, 'home/.postgresql');
    copyFileSync(join(folder, 'authority.crt'), join(home, 'root.crt'));
    copyFileSync(join(folder, 'client.crt'), join(home, 'postgresql.crt'));
    copyFileSync(join(folder, 'client.key'), join(home, 'postgresql.key'));
    const { tls } = good('postgres://h/d?sslmode=require', {}, 'home').connection;
    expect(tls).toMatchObject({ mode: 'require', isVerified: true });
    expect(Object.keys(tls.files)).toEqual(['ca', 'cert', 'key']);
    expect(good('postgres://h/d?sslmode=disable', {}, 'home').connection.tls.files).toEqual({});
    chmodSync(join(home, 'postgresql.key'), 0o644);
    expect(readIn('postgres://h/d', {}, 'home')).toMatchObject({
      problem: `~/.postgresql/postgresql.key: others can read ${home}/postgresql.key; chmod 600 it`,
    });
  });

  test('are relative to the configuration, and keys may be encrypted', () => {
    const text =
      'sslrootcert=authority.crt sslcert=client.crt sslkey=client-encrypted.key sslpassword=secret';
    expect(connection(text).tls).toMatchObject({ isVerified: true, files: { passphrase: 'secret' } });
  });

  test('with passwords are read as libpq reads them', () => {
    const lines = [
      '#h:*:*:*:comment',
      'h:5433:*:ann:port',
      'h:*:d:bob:bob\r',
      '*:*:es\\:caped:*:a\\:b\\\\c:rest',
      '\\*:*:*:*:asterisk',
      'localhost:*:*:*:socket',
      'b:*:*:*:b',
    ];
    writeFileSync(join(folder, 'pgpass'), lines.join('\n'), { mode: 0o600 });
    const passwords = (text: string) =>
      connection(text, { PGPASSFILE: join(folder, 'pgpass') }).targets.map(({ password }) => password);
    expect(passwords('postgres://h:5433/d')).toEqual(['port']);
    expect(passwords('postgres://bob@h/d')).toEqual(['bob']);
    expect(passwords('postgres://h/es:caped')).toEqual(['a:b\\c']);
    expect(passwords('postgres:///d')).toEqual(['socket']);
    expect(passwords('postgres:///d?host=/elsewhere')).toEqual([null]);
    expect(passwords('postgres://h,b/d')).toEqual([null, 'b']);
    expect(passwords('postgres://ann:own@h,b/d')).toEqual(['own', 'own']);
    expect(connection('postgres://h:5433/d?passfile=pgpass').targets[0]?.password).toBe('port');

    chmodSync(join(folder, 'pgpass'), 0o640);
    expect(good('postgres://localhost:5433/d?passfile=pgpass')).toMatchObject({
      connection: { targets: [{ password: null }] },
      warnings: [`the password file ${folder}/pgpass is ignored: others can read it; chmod 600 it`],
    });
    expect(good('postgres://u:p@localhost/d?passfile=pgpass').warnings).toEqual([]);
    expect(good('postgres://localhost/d?passfile=nope').warnings).toEqual([
      `the password file ${folder}/nope is ignored: it does not exist`,
    ]);
  });
});

test.each([
  [
    'postgres://db1,localhost/d',
    'the connection to db1 may be unencrypted (sslmode=prefer); use sslmode=verify-full',
  ],
  [
    'postgres://db1,db2:1/d?sslmode=disable',
    'the connection to db1 and db2:1 is not encrypted; use sslmode=verify-full',
  ],
  [
    'postgres://db1/d?sslmode=require',
    'any server can pose as db1 (sslmode=require); use sslmode=verify-full',
  ],
  ['postgres://db1/d?sslmode=require&sslrootcert=authority.crt', undefined],
  ['postgres://db1/d?sslmode=verify-full', undefined],
  ['postgres://127.0.0.1,[::1],localhost/d', undefined],
  ['postgres:///d', undefined],
])('%s is warned of', (text, warning) => {
  expect(good(text).warnings).toEqual(warning === undefined ? [] : [warning]);
});
