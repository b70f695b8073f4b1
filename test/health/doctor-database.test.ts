import { spawnSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { openStore } from '../../src/database/open-store.ts';
import type { Store } from '../../src/database/store.ts';
import { administer } from '../servers/administer.ts';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { startPgBouncer } from '../servers/pgbouncer.ts';
import { postgresSettings } from '../servers/postgres-settings.ts';
import { Pair } from '../servers/standby.ts';
import { directorySettings, runSync } from '../support/run.ts';
import { actor } from '../support/stores.ts';
import { examined, faultsOf, silentServer } from './patients.ts';

let directory: Directory;
let database: Awaited<ReturnType<typeof createDatabase>>;

beforeAll(async () => {
  directory = await Directory.start();
  directory.lists([{ userName: 'anna' }]);
});
afterAll(() => directory.stop());
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

const administrate = (statement: string) => administer(database.url, statement);

/** The faults of a database, beside a directory where nothing is wrong. */
async function faults(url = database.url): Promise<string[]> {
  const findings = await examined(directorySettings(directory.url), postgresSettings(url));
  const { host } = new URL(database.url);
  return faultsOf(findings).map((line) => line.replaceAll(host, 'HOST').replaceAll(database.name, 'NAME'));
}

async function withStore(work: (store: Store) => Promise<unknown>): Promise<void> {
  const store = await openStore(postgresSettings(database.url), actor);
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

const commit = () => withStore((store) => runSync(store, directory.url, 'now'));

const changed = (change: (url: URL) => void) => {
  const url = new URL(database.url);
  change(url);
  return url.href;
};

const noTables = 'skipped databaseLocks: there are no tables yet, whose rows are locked';
const unreached = [
  ...['Server', 'Schema', 'RightsTest', 'RightsNow', 'Locks'].map(
    (check) => `skipped database${check}: the database cannot be reached`,
  ),
  'skipped clock: the database could not be asked',
];

test('nothing is wrong before the first run, and after it; and nothing is changed', async () => {
  expect(await faults()).toEqual([noTables]);
  expect(await administrate(`select nspname from pg_namespace where nspname = 'rollcall'`)).toEqual([]);
  await commit();
  expect(await faults()).toEqual([]);
  expect(await administrate('select id from rollcall.attempts')).toEqual([]);
});

describe('it cannot be reached', () => {
  test.each<[string, (url: URL) => unknown, RegExp]>([
    [
      'wrong password',
      (url) => (url.password = 'canary-7x'),
      /password authentication failed .* → check the user/,
    ],
    [
      'no database',
      (url) => (url.pathname = '/nowhere'),
      /"nowhere" does not exist .* → create the database/,
    ],
    ['TLS', (url) => (url.search = 'sslmode=require'), /does not speak TLS \(ENOTLS\) → turn TLS on/],
  ])('%s', async (_, change, says) => {
    const [first, ...more] = await faults(changed(change));
    expect(first).toMatch(/^failed databaseConnection: database HOST/);
    expect(first).toMatch(says);
    expect(first).not.toContain('canary');
    expect(more).toEqual(unreached);
  });

  test('nobody listens, somebody says nothing, the host is unknown', async () => {
    const [gone, silent] = [await silentServer(true), await silentServer()];
    const at = (host: string) =>
      faults(
        changed((url) => {
          url.host = host;
          url.search = 'connect_timeout=1';
        }),
      );
    const [refused, ...first] = await at(`127.0.0.1:${gone.port}`);
    expect(refused).toMatch(/^failed databaseConnection: .* → is Postgres running there\?$/);
    const [waiting, ...second] = await at(`127.0.0.1:${silent.port}`);
    expect(waiting).toMatch(/^failed databaseConnection: .* does not respond/);
    const [unknown, ...third] = await at('nowhere.invalid:5432');
    expect(unknown).toMatch(/^failed databaseName: .* → .*database\.url/);
    expect([first, second]).toEqual([unreached, unreached]);
    expect(third).toEqual([
      'skipped databaseConnection: nowhere.invalid: the address is unknown',
      ...unreached,
    ]);
    silent.close();
  });
});

test('several hosts', async () => {
  const { port } = await silentServer(true);
  const among = (more: string) => {
    const { host, username, password } = new URL(database.url);
    const hosts = `127.0.0.1:${port},${host}`;
    return faults(`postgres://${username}:${password}@${hosts}/${database.name}?${more}`);
  };
  const [gone, ...rest] = await among('target_session_attrs=read-write');
  expect(gone).toMatch(
    /^warning databaseConnection: .* → a run uses another host meanwhile; mend this one \(is Postgres/,
  );
  expect(rest).toEqual([noTables]);
  const [first, ...more] = await among('target_session_attrs=standby');
  expect(first).toMatch(/^failed databaseConnection: /);
  expect(more).toEqual(unreached);
  const alone = await faults(changed((url) => (url.search = 'target_session_attrs=standby')));
  expect(alone[0]).toBe(
    'failed databaseConnection: no host is what target_session_attrs=standby demands → change target_session_attrs, or the hosts in database.url',
  );
});

test.each([
  ['SQL_ASCII', []],
  [
    'LATIN1',
    [
      'failed databaseEncoding: LATIN1, which cannot store every name → create the database with the encoding UTF8',
    ],
  ],
])('the encoding %s', async (encoding, expected) => {
  await database.drop();
  database = await createDatabase(`encoding '${encoding}' lc_collate 'C' lc_ctype 'C'`);
  expect(await faults()).toEqual([...expected, noTables]);
});

test.each([
  ['default_transaction_read_only', 'on', /^failed databaseSettings: default_transaction_read_only is on/],
  ['session_replication_role', 'replica', /^failed databaseSettings: session_replication_role is replica/],
  ['synchronous_commit', 'off', /^warning databaseSettings: synchronous_commit is off/],
])('the setting %s', async (name, value, says) => {
  await administrate(`alter database ${database.name} set ${name} = ${value}`);
  const [first, ...more] = await faults();
  expect(first).toMatch(says);
  expect(more).toEqual([noTables]);
});

describe('the schema', () => {
  beforeEach(commit);

  test.each([
    [
      `insert into rollcall.migrations (name, batch) values ('0999-later', 9)`,
      [
        'failed databaseSchema: the database was upgraded by a newer rollcall, to 0999-later, and this one knows it up to 0006-health → install the newer version here, too',
        'skipped databaseLocks: the tables cannot be read',
      ],
    ],
    [
      `delete from rollcall.migrations where name > '0004'`,
      [
        'warning databaseSchema: the tables are from an older version: the next sync now upgrades them → make a backup before (docs/operations.md)',
      ],
    ],
  ])('%s', async (statement, expected) => {
    await administrate(statement);
    expect(await faults()).toEqual(expected);
  });

  test('of another program', async () => {
    await administrate('drop schema rollcall cascade');
    await administrate('create schema rollcall');
    await administrate('create table rollcall.users (id int)');
    const [first, ...more] = await faults();
    expect(first).toMatch(
      /^failed databaseSchema: the schema rollcall .* not rollcall's.* → set database\.schema/,
    );
    expect(more).toEqual(['skipped databaseLocks: the tables cannot be read']);
  });
});

describe('the rights', () => {
  const role = 'doctors_role';
  const asRole = () =>
    changed((url) => {
      url.username = role;
      url.password = 'secret';
    });

  beforeEach(() => administrate(`create role ${role} login password 'secret'`));
  afterEach(async () => {
    await administrate(`drop owned by ${role}`);
    await administrate(`drop role ${role}`);
  });

  test('before the first run', async () => {
    expect(await faults(asRole())).toEqual([
      `failed databaseRightsNow: the role ${role} lacks what sync now needs: create on database "NAME" → grant create on database "NAME" to "${role}"; (docs/operations.md lists all rights)`,
      noTables,
    ]);
    await administrate(`create schema rollcall authorization ${role}`);
    expect(await faults(asRole())).toEqual([noTables]);
    await administrate(`revoke temporary on database ${database.name} from public`);
    const lacking = await faults(asRole());
    expect(lacking.map((line) => line.replace(/:.*/, ''))).toEqual([
      ...['failed databaseRightsTest', 'failed databaseRightsNow', 'skipped databaseLocks'],
    ]);
  });

  test('none, those of a reader, those of a writer', async () => {
    await commit();
    const [first, ...more] = await faults(asRole());
    expect([first, ...more].map((line) => line?.replace(/:.*/, ''))).toEqual([
      'skipped databaseSchema',
      'failed databaseRightsTest',
      'failed databaseRightsNow',
      'skipped databaseLocks',
    ]);
    expect(more[0]).toContain(
      `→ grant usage on schema "rollcall" to "${role}"; grant select on all tables in schema "rollcall" to "${role}";`,
    );
    await administrate(`grant usage on schema rollcall to ${role}`);
    await administrate(`grant select on all tables in schema rollcall to ${role}`);
    expect(await faults(asRole())).toEqual([
      expect.stringMatching(/^failed databaseRightsNow: .* needs: insert, update, delete on all tables/),
      'skipped databaseLocks: this role may only read: it takes no lock',
    ]);
    await administrate(`grant insert, update, delete on all tables in schema rollcall to ${role}`);
    expect(await faults(asRole())).toEqual([
      expect.stringMatching(/^warning databaseRightsNow: .* does not own the tables → a later version/),
    ]);
    await administrate('alter table rollcall.users enable row level security');
    expect((await faults(asRole()))[0]).toMatch(
      /^failed databaseRightsTest: row security may hide rows of users/,
    );
  });
});

describe('the locks', () => {
  beforeEach(commit);

  test('a run is under way', async () => {
    await withStore(async (store) => {
      const db = await store.knex.transaction();
      await db.raw(`set local application_name to 'a run'`);
      await db.raw(`select from rollcall.migrations where name like '0001%' for update`);
      expect(await faults()).toEqual([
        expect.stringMatching(
          /^warning databaseLocks: a run is under way: "a run" \(role postgres.* → until it ends/,
        ),
      ]);
      await db.rollback();
    });
    expect(await faults()).toEqual([]);
  });

  test('keep no run out', async () => {
    await withStore(async (store) => {
      const db = await store.knex.transaction();
      await db.raw(
        `select from rollcall.migrations where name = (select max(name) from rollcall.migrations) for update`,
      );
      expect(await faults()).toEqual(['skipped databaseLocks: another check is under way']);
      await commit();
      await db.rollback();
    });
  });

  test('are given twice', async () => {
    // No lock reaches the rows of a function.
    await administrate('alter table rollcall.migrations rename to kept');
    await administrate(
      `create function rollcall.kept_rows() returns setof rollcall.kept language sql as 'select * from rollcall.kept'`,
    );
    await administrate(
      `create view rollcall.migrations as select *, '0'::xid as xmax from rollcall.kept_rows()`,
    );
    expect(await faults()).toEqual([
      expect.stringMatching(/^failed databaseLocks: two sessions were given the same lock/),
    ]);
  });
});

test('a standby, alone and beside its primary', async () => {
  const pair = await Pair.start();
  try {
    const store = await openStore(postgresSettings(pair.primary), actor);
    await runSync(store, directory.url, 'now');
    await store.close();
    await pair.keep();
    await pair.renew(false);
    const standby = pair.onStandby(pair.primary);
    const beside = pair.primary.replace(
      /@[^/]+/,
      (primary) => `@${new URL(standby).host},${primary.slice(1)}`,
    );
    expect(await faults(standby)).toEqual([
      'failed databaseSettings: the server is a standby: logins and lists work, and runs are refused → database.url must lead to the primary',
      'skipped databaseLocks: the server is a standby',
    ]);
    expect(await faults(beside)).toEqual([]);
  } finally {
    await pair.stop();
  }
});

const hasPgBouncer =
  spawnSync('pgbouncer', ['--version'], {
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` },
  }).status === 0;

describe.skipIf(!hasPgBouncer)('through PgBouncer', () => {
  test.each<[Record<string, string>, RegExp[]]>([
    [{ pool_mode: 'transaction' }, []],
    [{ pool_mode: 'session' }, []],
    [{ default_pool_size: '1' }, [/^warning databaseLocks: the server gave no second connection/]],
    [
      { pool_mode: 'statement' },
      [
        /^failed databaseServer: .*transaction blocks not allowed .* → .* a pooler must be in transaction or session mode/,
        ...Array.from({ length: 4 }, () => /^skipped database\w+: the server does not do a transaction/),
        /^skipped clock/,
      ],
    ],
  ])('%s', async (settings, expected) => {
    await commit();
    const bouncer = await startPgBouncer(inject('postgresUrl'), settings);
    try {
      const url = new URL(bouncer.url);
      url.pathname = database.name;
      expect(await faults(url.href)).toEqual(expected.map((says) => expect.stringMatching(says) as string));
    } finally {
      await bouncer.stop();
    }
  });
});
