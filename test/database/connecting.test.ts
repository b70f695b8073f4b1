import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { readConnection } from '../../src/connection/read-connection.ts';
import { isConnectionLoss } from '../../src/database/failure.ts';
import { openStore } from '../../src/database/open-store.ts';
import { one } from '../../src/database/query.ts';
import { administer } from '../servers/administer.ts';
import { createDatabase } from '../servers/database.ts';
import { startPostgres, type Postgres } from '../servers/postgres.ts';
import { look } from '../support/look.ts';
import { actor } from '../support/stores.ts';

const certificates = 'test/servers/certificates';
let folder: string;
let server: Postgres;

const access = [
  'hostssl all tlsonly all trust',
  'hostnossl all plainonly all trust',
  'hostssl all postgres all cert',
  'hostnossl all postgres all scram-sha-256',
];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
  for (const name of [
    'authority.crt',
    'stranger.crt',
    'client.crt',
    'client.key',
    'none-revoked.crl',
    'server-revoked.crl',
  ]) {
    copyFileSync(join(certificates, name), join(folder, name));
    chmodSync(join(folder, name), 0o600);
  }
  const names = ['server.crt', 'server.key', 'elsewhere.crt', 'elsewhere.key', 'authority.crt'];
  const contents = names.map((name) => [name, readFileSync(join(certificates, name), 'utf8')]);
  server = await startPostgres({
    settings: { ssl: 'on', ssl_ca_file: 'authority.crt' },
    files: { ...Object.fromEntries(contents), 'pg_hba.conf': access.join('\n') } as Record<string, string>,
  });
  const admin = `${server.url}?sslmode=disable`;
  await administer(admin, 'create role tlsonly login');
  await administer(admin, 'create role plainonly login');
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** Connects as a program would, and tells whether by TLS, or why not. */
async function outcome(text: string): Promise<string> {
  const settings = readConnection(text, { env: {}, userName: 'nobody', home: folder, folder });
  if (settings.connection === null) return settings.problem;
  const store = await openStore({ kind: 'postgres', connection: settings.connection, schema: 'x' }, actor);
  try {
    const { ssl } = await look(store, new AbortController().signal, (db) =>
      one<{ ssl: boolean }>(db, 'select ssl from pg_stat_ssl where pid = pg_backend_pid()'),
    );
    return ssl ? 'TLS' : 'plain';
  } catch (error) {
    return (error as Error).message.replace(/^database \S+: /, '');
  } finally {
    await store.close();
  }
}

const at = (host: string, user: string, more: string) =>
  outcome(`host=${host} port=${server.port} dbname=postgres user=${user} ${more}`);
const ca = 'sslrootcert=authority.crt';

describe('a server with TLS', () => {
  test.each([
    ['127.0.0.1', 'tlsonly', '', 'TLS'],
    ['127.0.0.1', 'tlsonly', 'sslmode=disable', /no pg_hba.conf entry .* no encryption \(28000\)/],
    ['127.0.0.1', 'tlsonly', 'sslmode=allow', 'TLS'],
    ['127.0.0.1', 'tlsonly', 'sslmode=require', 'TLS'],
    ['127.0.0.1', 'tlsonly', `sslmode=require ${ca}`, 'TLS'],
    [
      '127.0.0.1',
      'tlsonly',
      'sslmode=require sslrootcert=stranger.crt',
      / \(SELF_SIGNED_CERT_IN_CHAIN\); set sslrootcert to /,
    ],
    ['127.0.0.1', 'tlsonly', 'sslmode=verify-full', / \(SELF_SIGNED_CERT_IN_CHAIN\); set sslrootcert to /],
    ['127.0.0.1', 'tlsonly', `sslmode=verify-ca ${ca}`, 'TLS'],
    ['127.0.0.1', 'tlsonly', `sslmode=verify-full ${ca}`, 'TLS'],
    ['localhost', 'tlsonly', `sslmode=verify-full ${ca}`, 'TLS'],
    ['127.0.0.1', 'tlsonly', `sslmode=verify-full ${ca} sslcrl=none-revoked.crl`, 'TLS'],
    [
      '127.0.0.1',
      'tlsonly',
      `sslmode=verify-full ${ca} sslcrl=server-revoked.crl`,
      /certificate revoked \(CERT_REVOKED\)/,
    ],
    ['127.0.0.1', 'tlsonly', 'ssl_max_protocol_version=TLSv1.2 sslmode=require', 'TLS'],
    ['127.0.0.1', 'plainonly', '', 'plain'],
    ['127.0.0.1', 'plainonly', 'sslmode=allow', 'plain'],
    ['127.0.0.1', 'plainonly', 'sslmode=require', /no pg_hba.conf entry .* SSL encryption \(28000\)/],
    ['127.0.0.1', 'plainonly', 'sslrootcert=stranger.crt', 'plain'],
    [
      '127.0.0.1',
      'tlsonly',
      'sslrootcert=stranger.crt',
      /no encryption; with TLS: self-signed certificate .* \(28000\)/,
    ],
    ['127.0.0.1', 'postgres', `sslmode=verify-full ${ca} sslcert=client.crt sslkey=client.key`, 'TLS'],
    ['127.0.0.1', 'postgres', `sslmode=verify-full ${ca}`, /valid client certificate/],
    ['127.0.0.1', 'postgres', 'sslmode=disable', /requires a password, and there is none \(28P01\)/],
    [
      '127.0.0.1',
      'postgres',
      'sslmode=allow password=wrong',
      /authentication failed for user "postgres" \(28P01\)/,
    ],
  ])('%s as %s with %s', async (host, user, more, expected) => {
    expect(await at(host, user, more)).toMatch(expected);
  });

  test('whose certificate is for another host is only accepted without its name', async () => {
    const admin = `${server.url}?sslmode=disable`;
    await administer(admin, `alter system set ssl_cert_file = 'elsewhere.crt'`);
    await administer(admin, `alter system set ssl_key_file = 'elsewhere.key'`);
    await administer(admin, 'select pg_reload_conf()');
    const full = () => at('127.0.0.1', 'tlsonly', `sslmode=verify-full ${ca}`);
    await expect.poll(full).toMatch(/ERR_TLS_CERT_ALTNAME_INVALID/);
    expect(await at('localhost', 'tlsonly', `sslmode=verify-full ${ca}`)).toMatch(/ALTNAME_INVALID/);
    expect(await at('127.0.0.1', 'tlsonly', `sslmode=verify-ca ${ca}`)).toBe('TLS');
  });
});

describe('a server without TLS', () => {
  const plain = (more: string) => outcome(`${inject('postgresUrl')}?${more}`);

  test.each([
    ['', 'plain'],
    ['sslmode=allow', 'plain'],
    ['sslmode=require', 'the server does not speak TLS (ENOTLS)'],
    ['sslmode=verify-full', 'the server does not speak TLS (ENOTLS)'],
  ])('%s', async (more, expected) => {
    expect(await plain(more)).toContain(expected);
  });
});

describe('several hosts', () => {
  /** A port on which nobody listens, or somebody who says nothing. */
  async function port(isSilent: boolean): Promise<{ port: number; close: () => void }> {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    if (!isSilent) await new Promise((resolve) => silent.close(resolve));
    return { port, close: () => silent.close() };
  }

  test('are tried in their order, until one fits', async () => {
    const reading = await createDatabase();
    await administer(reading.url, `alter database ${reading.name} set default_transaction_read_only = on`);
    const { host, username, password } = new URL(reading.url);
    const [gone, silent] = [await port(false), await port(true)];
    const to = (hosts: string, database: string, more: string) =>
      outcome(`postgres://${username}:${password}@${hosts}/${database}?connect_timeout=1&${more}`);
    const three = `127.0.0.1:${gone.port},127.0.0.1:${silent.port},${host}`;
    expect(await to(three, 'postgres', '')).toBe('plain');
    expect(await to(three, 'postgres', 'target_session_attrs=read-write')).toBe('plain');
    expect(await to(three, 'postgres', 'target_session_attrs=standby')).toMatch(
      /^127\.0\.0\.1:\d+: connect ECONNREFUSED 127\.0\.0\.1:\d+; 127\.0\.0\.1:\d+: the server does not respond; 127\.0\.0\.1:\d+: the server is not what target_session_attrs=standby demands \(ESESSION\)$/,
    );
    expect(await to(three, reading.name, '')).toBe('plain');
    expect(await to(host, reading.name, 'target_session_attrs=prefer-standby')).toBe('plain');
    expect(await to(host, reading.name, 'target_session_attrs=read-only')).toBe('plain');
    expect(await to(host, reading.name, 'target_session_attrs=read-write')).toMatch(/ESESSION/);
    expect(await to(`${host},127.0.0.1:${gone.port}`, 'nowhere', '')).toMatch(
      /^127\.0\.0\.1:\d+: database "nowhere" does not exist \(3D000\)/,
    );
    silent.close();
    await reading.drop();
  });

  test.each(['57P01', '57P02', '57P03'])('one that is going down, with %s, is passed over', async (code) => {
    const fields = `SFATAL\0VFATAL\0C${code}\0Mgoing down\0\0`;
    const head = Buffer.from('E\0\0\0\0');
    head.writeInt32BE(4 + fields.length, 1);
    const leaving = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(Buffer.concat([head, Buffer.from(fields)])));
    });
    await new Promise<void>((resolve) => leaving.listen(0, '127.0.0.1', resolve));
    const { port } = leaving.address() as AddressInfo;
    const { host, username, password } = new URL(inject('postgresUrl'));
    const url = `postgres://${username}:${password}@127.0.0.1:${port},${host}/postgres?sslmode=disable`;
    expect(await outcome(url)).toBe('plain');
    leaving.close();
  });

  test('that are all lost are a lost connection', async () => {
    const { port: nobody } = await port(false);
    const text = `host=127.0.0.1,localhost port=${nobody} user=u`;
    const settings = readConnection(text, { env: {}, userName: null, home: folder, folder });
    if (settings.connection === null) throw new Error(settings.problem);
    const store = await openStore({ kind: 'postgres', connection: settings.connection, schema: 'x' }, actor);
    const failure: unknown = await look(store, new AbortController().signal, () => Promise.resolve()).catch(
      (error: unknown) => error,
    );
    await store.close();
    expect(failure).toMatchObject({ code: 'ECONNREFUSED' });
    expect(isConnectionLoss(failure)).toBe(true);
    expect((failure as Error).message).toMatch(
      /^database \S+: [^\n]+ \(ECONNREFUSED\); is Postgres running there\?$/,
    );
  });
});

test('nothing is taken from the environment of the process', async () => {
  const variables = {
    PGOPTIONS: '-c nonsense=1',
    PGREPLICATION: 'true',
    PGSSLNEGOTIATION: 'x',
    PGPASSWORD: 'x',
  };
  Object.assign(process.env, variables);
  try {
    expect(await outcome(inject('postgresUrl'))).toBe('plain');
    expect(await at('127.0.0.1', 'postgres', 'sslmode=disable')).toMatch(/there is none \(28P01\)/);
    const embedded = await openStore({ kind: 'embedded', folder: join(folder, 'store') }, actor);
    await look(embedded, new AbortController().signal, () => Promise.resolve());
    await embedded.close();
  } finally {
    for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
  }
});

test('closing the store ends the attempts, and a later connection goes to the server of the first', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const { host, username, password } = new URL(inject('postgresUrl'));
  const open = (text: string) => {
    const settings = readConnection(text, { env: {}, userName: null, home: folder, folder });
    if (settings.connection === null) throw new Error(settings.problem);
    return openStore({ kind: 'postgres', connection: settings.connection, schema: 'x' }, actor);
  };
  const never = new AbortController().signal;
  const stuck = await open(`postgres://u@127.0.0.1:${port},127.0.0.1:${port}/d`);
  const waiting = look(stuck, never, () => Promise.resolve()).catch((error: unknown) => error);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const before = performance.now();
  await stuck.close();
  expect(performance.now() - before).toBeLessThan(3_000);
  expect(await waiting).toBeInstanceOf(Error);

  const store = await open(
    `postgres://${username}:${password}@127.0.0.1:${port},${host}/postgres?connect_timeout=2`,
  );
  const took = await look(store, never, async () => {
    const before = performance.now();
    await look(store, never, () => Promise.resolve());
    return performance.now() - before;
  });
  expect(took).toBeLessThan(1_500);
  await store.close();
  silent.close();
});
