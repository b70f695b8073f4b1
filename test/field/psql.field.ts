import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { openStore } from '../../src/database/open-store.ts';
import { one } from '../../src/database/query.ts';
import { administer } from '../servers/administer.ts';
import { startPostgres, type Postgres } from '../servers/postgres.ts';
import { look } from '../support/look.ts';
import { actor } from '../support/stores.ts';
import { absent, describeWith } from './program.ts';

const psql = '/usr/bin/psql';
const certificates = 'test/servers/certificates';
const account = userInfo().username;

/** An environment; PORT, HOME and SOCKET stand for those of the test. */
type Environment = Record<string, string>;

const access = [
  `local all "${account}" trust`,
  'hostssl all tlsonly all trust',
  'hostnossl all plainonly all trust',
  'hostssl all byname all cert',
  'host all ann,postgres all scram-sha-256',
];

/** Every case must end alike for psql and for us; the note says how. */
const cases: [note: string, text: string, Environment?][] = [
  [`${account} plain`, 'host=SOCKET port=PORT dbname=postgres'],
  [`${account} plain`, 'postgres:///postgres', { PGHOST: 'SOCKET', PGPORT: 'PORT', USER: 'other' }],
  [`${account} plain`, 'postgres://%2Fno/postgres?host=SOCKET&port=PORT&sslmode=verify-full'],
  ['plainonly plain', 'postgres://plainonly@127.0.0.1:PORT/postgres'],
  ['tlsonly TLS', 'postgres://tlsonly@127.0.0.1:PORT/postgres'],
  ['tlsonly TLS', 'host=127.0.0.1 port=PORT user=tlsonly dbname=postgres sslmode=allow'],
  ['plainonly plain', 'host=127.0.0.1 port=PORT user=plainonly dbname=postgres sslmode=allow'],
  ['failed', 'host=127.0.0.1 port=PORT user=tlsonly dbname=postgres sslmode=disable'],
  ['failed', 'host=127.0.0.1 port=PORT user=plainonly dbname=postgres sslmode=require'],
  ['failed', 'host=127.0.0.1 port=PORT user=plainonly dbname=postgres', { PGSSLMODE: 'require' }],
  ['failed', 'host=127.0.0.1 port=PORT user=plainonly dbname=postgres', { PGREQUIRESSL: '1' }],
  ['tlsonly TLS', 'postgres://127.0.0.1:PORT/postgres?ssl=true', { PGUSER: 'tlsonly' }],
  [
    'tlsonly TLS',
    'postgres://tlsonly@localhost:PORT/postgres?sslmode=verify-full&sslrootcert=HOME/authority.crt',
  ],
  [
    'tlsonly TLS',
    'postgres://tlsonly@127.0.0.1:PORT/postgres?sslmode=verify-full',
    { PGSSLROOTCERT: 'HOME/authority.crt' },
  ],
  [
    'tlsonly TLS',
    'postgres://tlsonly@127.0.0.1:PORT/postgres?sslmode=require&sslrootcert=HOME/authority.crt',
  ],
  ['failed', 'postgres://tlsonly@127.0.0.1:PORT/postgres?sslmode=require&sslrootcert=HOME/stranger.crt'],
  ['failed', 'postgres://tlsonly@127.0.0.1:PORT/postgres?sslmode=verify-ca&sslrootcert=HOME/stranger.crt'],
  ['failed', 'postgres://tlsonly@127.0.0.1:PORT/postgres?sslrootcert=HOME/stranger.crt'],
  ['plainonly plain', 'postgres://plainonly@127.0.0.1:PORT/postgres?sslrootcert=HOME/stranger.crt'],
  [
    'failed',
    'postgres://tlsonly@127.0.0.1:PORT/postgres?sslmode=verify-full&sslrootcert=HOME/authority.crt&sslcrl=HOME/server-revoked.crl',
  ],
  [
    'tlsonly TLS',
    'postgres://tlsonly@127.0.0.1:PORT/postgres?sslmode=verify-full&sslrootcert=HOME/authority.crt&sslcrl=HOME/none-revoked.crl',
  ],
  [
    'failed',
    'postgres://tlsonly@127.0.0.1:PORT/postgres?ssl_min_protocol_version=TLSv1.3&ssl_max_protocol_version=TLSv1.2',
  ],
  ['failed', 'postgres://tlsonly@127.0.0.1:PORT/postgres?sslmode=verify_full'],
  ['failed', 'postgres://tlsonly@127.0.0.1:PORT/postgres', { PGSSLMODE: '' }],
  ['failed', 'postgres://tlsonly@127.0.0.1:PORT/postgres', { PGSERVICE: 'none' }],
  ['byname TLS', 'postgres://byname@127.0.0.1:PORT/postgres?sslcert=HOME/byname.crt&sslkey=HOME/byname.key'],
  ['failed', 'postgres://byname@127.0.0.1:PORT/postgres?sslcert=HOME/byname.crt&sslkey=HOME/open.key'],
  ['failed', 'postgres://byname@127.0.0.1:PORT/postgres?sslmode=require'],
  ['ann TLS', 'postgres://ann:s%40cr%2Fet@127.0.0.1:PORT/postgres'],
  ['ann TLS', "host=127.0.0.1 port=PORT user=ann password='s@cr/et' dbname=postgres"],
  ['ann TLS', 'postgres://ann@127.0.0.1:PORT/postgres', { PGPASSWORD: 's@cr/et' }],
  ['failed', 'postgres://ann@127.0.0.1:PORT/postgres', { PGPASSWORD: 'wrong' }],
  ['ann TLS', 'postgres://ann@127.0.0.1:PORT/postgres', { HOME: 'HOME' }],
  ['ann TLS', 'postgres://ann@127.0.0.1:PORT/postgres', { PGPASSFILE: 'HOME/.pgpass' }],
  ['ann TLS', 'postgres://ann@127.0.0.1:PORT/postgres?passfile=HOME/.pgpass'],
  ['failed', 'postgres://ann@127.0.0.1:PORT/postgres', { PGPASSFILE: 'HOME/open' }],
  ['failed', 'postgres://ann@127.0.0.1:PORT/postgres'],
  [
    'ann TLS',
    'postgres://ann:s%40cr%2Fet@127.0.0.1:9,127.0.0.1:PORT/postgres?target_session_attrs=read-write',
  ],
  ['failed', 'postgres://ann:s%40cr%2Fet@127.0.0.1:9,127.0.0.1:PORT/postgres?target_session_attrs=standby'],
  ['failed', 'postgres://ann:s%40cr%2Fet@127.0.0.1:PORT/postgres', { PGTARGETSESSIONATTRS: 'standby' }],
  ['ann TLS', 'postgres://ann:s%40cr%2Fet@127.0.0.1:PORT/postgres', { PGTARGETSESSIONATTRS: 'primary' }],
  ['failed', 'postgres://ann:s%40cr%2Fet@127.0.0.1:PORT/postgres', { PGOPTIONS: '-c nonsense.=1' }],
  ['failed', 'postgres://ann:s%40cr%2Fet@127.0.0.1:abc/postgres'],
];

describeWith('psql', absent(psql), () => {
  let folder: string;
  let server: Postgres;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rollcall-psql-'));
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, 'socket'));
    chmodSync(join(folder, 'socket'), 0o777);
    for (const name of ['authority.crt', 'stranger.crt', 'none-revoked.crl', 'server-revoked.crl'])
      copyFileSync(join(certificates, name), join(folder, name));
    copyFileSync(join(certificates, 'client.crt'), join(folder, 'byname.crt'));
    for (const name of ['byname.key', 'open.key'])
      copyFileSync(join(certificates, 'client.key'), join(folder, name));
    chmodSync(join(folder, 'byname.key'), 0o600);
    chmodSync(join(folder, 'open.key'), 0o644);
    const names = ['server.crt', 'server.key', 'authority.crt'];
    const contents = names.map((name) => [name, readFileSync(join(certificates, name), 'utf8')]);
    server = await startPostgres({
      settings: {
        ssl: 'on',
        ssl_ca_file: 'authority.crt',
        unix_socket_directories: join(folder, 'socket'),
      },
      files: {
        ...(Object.fromEntries(contents) as Environment),
        // The client certificate is that of postgres.
        'pg_hba.conf': access.join('\n').replace('byname all cert', 'byname all cert map=names'),
        'pg_ident.conf': 'names postgres byname',
      },
    });
    for (const role of [account, 'tlsonly', 'plainonly', 'byname'])
      await administer(server.url, `create role "${role}" login`);
    await administer(server.url, `create role ann login password 's@cr/et'`);
    writeFileSync(join(folder, '.pgpass'), 'h:*:*:*:wrong\n127.0.0.1:*:postgres:ann:s@cr/et\n');
    copyFileSync(join(folder, '.pgpass'), join(folder, 'open'));
    chmodSync(join(folder, '.pgpass'), 0o600);
    chmodSync(join(folder, 'open'), 0o644);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const fill = (text: string) =>
    text
      .replaceAll('PORT', String(server.port))
      .replaceAll('SOCKET', join(folder, 'socket'))
      .replaceAll('HOME', folder);
  const question =
    "select current_user || case when ssl then ' TLS' else ' plain' end as it from pg_stat_ssl where pid = pg_backend_pid()";

  async function byPsql(text: string, env: Environment): Promise<string> {
    const child = spawn(psql, ['-XAtw', '-c', question, text], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    await once(child, 'close');
    return said.trim() || 'failed';
  }

  async function byUs(text: string, env: Environment): Promise<string> {
    const file = join(folder, 'rollcall.yaml');
    const config = { directory: { url: 'http://127.0.0.1/' }, database: { url: text } };
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    try {
      const { database } = await loadConfig(file, { env, stdin: Readable.from([]) });
      const store = await openStore(database, actor);
      const signal = new AbortController().signal;
      try {
        return (await look(store, signal, (db) => one<{ it: string }>(db, question))).it;
      } finally {
        await store.close();
      }
    } catch (error) {
      expect(error).toHaveProperty('outcome');
      return 'failed';
    }
  }

  test.each(cases)('%s: %s %j', async (expected, text, environment = {}) => {
    const env = {
      HOME: '/nonexistent',
      ...Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, fill(value)])),
    };
    expect({ psql: await byPsql(fill(text), env), us: await byUs(fill(text), env) }).toEqual({
      psql: expected,
      us: expected,
    });
  });
});
