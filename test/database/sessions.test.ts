import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { RollcallError } from '../../src/core/errors.ts';
import { listUsers } from '../../src/accounts/users.ts';
import { read } from '../../src/database/access.ts';
import { one } from '../../src/database/query.ts';
import { look } from '../support/look.ts';
import { runSync } from '../support/run.ts';
import { Crowd } from './session-crowd.ts';
import { Ground, type GroundOptions, type Tale } from './session-ground.ts';
import { play, reading, upgradeStory, wholeStory } from './session-story.ts';

const never = new AbortController().signal;
const server = () => inject('postgresUrl');

async function on<T>(options: GroundOptions, work: (ground: Ground) => Promise<T>): Promise<T> {
  const ground = await Ground.open(server(), options);
  try {
    return await work(ground);
  } finally {
    await ground.close();
  }
}

/** The one line in which a run is refused. */
async function refusal(ground: Ground, mode: 'test' | 'now', role?: string): Promise<string> {
  ground.directory.lists([{ userName: 'anna', emailAddresses: ['anna@example.com'] }]);
  const error: unknown = await ground
    .withStore((store) => runSync(store, ground.directory.url, mode), role)
    .then(
      () => 'not refused',
      (error: unknown) => error,
    );
  expect(error).toBeInstanceOf(RollcallError);
  const { outcome, message } = error as RollcallError;
  expect(outcome).toBe('failed');
  expect(message).not.toContain('\n');
  return message;
}

describe('the database as it is', () => {
  let plainly: Tale;

  beforeAll(async () => {
    plainly = await on({}, (ground) => ground.tell([]));
    expect(plainly.steps.filter(({ error }) => error !== null)).toEqual([]);
  });

  // One by one, and all others: `npm run test:faults -- --only sessions`.
  test('settings of the database change nothing', async () => {
    const settings = [
      { name: 'DateStyle', value: `'SQL, DMY'` },
      { name: 'array_nulls', value: 'off' },
      { name: 'bytea_output', value: 'escape' },
      { name: 'standard_conforming_strings', value: 'off' },
      { name: 'default_transaction_isolation', value: 'serializable' },
    ];
    expect(await on({}, (ground) => ground.tell(settings))).toEqual(plainly);
  });

  test('an address finds all of its users, whatever the limit of a search in an index', async () => {
    const crowd = await Crowd.gather(server());
    try {
      expect(await crowd.missing(null)).toBe(0);
      expect(await crowd.missing({ name: 'gin_fuzzy_search_limit', value: '1' })).toBe(0);
    } finally {
      await crowd.close();
    }
  });

  test('sessions without foreign keys and triggers are refused', async () => {
    const replica = [{ name: 'session_replication_role', value: 'replica' }];
    const told = await on({}, (ground) => ground.tell(replica));
    expect(told.steps.find(({ error }) => error !== null)?.error).toMatchObject({
      isBug: false,
      message: expect.stringContaining('session_replication_role is not origin') as string,
    });
  });

  test('a transaction that stands idle is ended after five minutes', async () => {
    const idle = await on({}, (ground) =>
      ground.withStore((store) =>
        look(store, never, (db) =>
          one(db, `select current_setting('idle_in_transaction_session_timeout') as after`),
        ),
      ),
    );
    expect(idle).toEqual({ after: '5min' });
  });

  test('settings that come with the connection change nothing', async () => {
    const options = '-c datestyle=german -c array_nulls=off -c timezone=Africa/Monrovia';
    expect(await on({}, (ground) => ground.tell([], options))).toEqual(plainly);
  });

  test.each([
    ['user', 'SQL_ASCII', `encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C'`],
    ['select', 'Turkish', `locale_provider icu icu_locale 'tr-TR'`],
  ])('the schema may be called %s, and the database be in %s', async (schema, _, database) => {
    const told = await on({ schema, database }, (ground) => ground.tellWhole());
    expect(told).toEqual({
      steps: plainly.steps.slice(Object.keys(upgradeStory).length),
      stored: plainly.stored.slice(1),
    });
    expect(told.steps).toHaveLength(Object.keys(wholeStory).length);
  });
});

describe('an auditor, whose sessions are read-only', () => {
  const auditor = `auditor_${randomBytes(8).toString('hex')}`;
  let ground: Ground;

  beforeAll(async () => {
    ground = await Ground.open(server());
    await ground.withStore((store) => play(wholeStory, store, ground.directory));
    await ground.administer(`
      create role ${auditor} login password '${auditor}';
      alter role ${auditor} set default_transaction_read_only = on;
      revoke all on database ${ground.name} from public;
      grant connect, temporary on database ${ground.name} to ${auditor};
      grant usage on schema rollcall to ${auditor};
      grant select on all tables in schema rollcall to ${auditor}`);
  });

  afterAll(async () => {
    await ground.administer(`drop owned by ${auditor}; drop role ${auditor}`);
    await ground.close();
  });

  test('reads all that the owner reads', async () => {
    const byOwner = await ground.withStore((store) => play(reading, store, ground.directory));
    const byAuditor = await ground.withStore((store) => play(reading, store, ground.directory), auditor);
    expect(byAuditor).toEqual(byOwner);
    expect(byAuditor).toHaveLength(Object.keys(reading).length);
  });

  test('commits nothing, and is told why', async () => {
    const before = await ground.stored();
    expect(await refusal(ground, 'now', auditor)).toMatch(
      /is read-only for this role \(default_transaction_read_only is on\); nothing was written$/,
    );
    expect(await ground.stored()).toEqual(before);
  });

  test('neither does the owner when the database is read-only', async () => {
    const before = await ground.stored();
    await ground.set({ name: 'default_transaction_read_only', value: 'on' });
    try {
      expect(await refusal(ground, 'now')).toMatch(/default_transaction_read_only|read-only/);
      const told = await ground.withStore((store) => play(reading, store, ground.directory));
      expect(told.filter(({ error }) => error !== null)).toEqual([]);
    } finally {
      await ground.reset();
    }
    expect(await ground.stored()).toEqual(before);
  });
});

test('users whom row security hides are not taken for missing ones', async () => {
  await on({}, async (ground) => {
    ground.directory.lists([{ userName: 'anna' }, { userName: 'bert' }]);
    await ground.withStore((store) => runSync(store, ground.directory.url, 'now'));
    await ground.administer(`
      alter table rollcall.users enable row level security;
      alter table rollcall.users force row level security;
      create policy theirs on rollcall.users using (user_name <> 'bert')`);
    for (const mode of ['test', 'now'] as const) {
      expect(await refusal(ground, mode)).toContain('row-level security');
    }
    const list = ground.withStore((store) => read(store, never, (db) => listUsers(db, {})));
    await expect(list).rejects.toThrow('row-level security');
  });
});

describe('a database or schema that cannot be used is refused at the first run', () => {
  test('LATIN1, in which most names cannot be written', async () => {
    await on({ database: `encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'` }, async (ground) => {
      for (const mode of ['test', 'now'] as const)
        expect(await refusal(ground, mode)).toMatch(/LATIN1.*UTF-?8/);
      expect(await ground.stored()).toBeNull();
    });
  });

  // That no name is forgotten is tested in at-once.test.ts.
  const foreign = [
    [
      'archives',
      'a table of another program',
      `create table archives (id int, x text); insert into archives values (57, 'theirs')`,
    ],
    ['messages', 'a type of another program', 'create type messages as (x int)'],
    [
      'archives_owner',
      'an index of another program',
      'create table x (y int); create index archives_owner on x (y)',
    ],
    ['users', 'a view', `create view users as select 57 as id, 'theirs' as user_name`],
    [
      'users',
      'a table of another program with the columns of ours',
      `create table users (id bigint primary key, user_name text, name_key text, full_name text);
       insert into users values (57, 'theirs', 'theirs', 'Theirs')`,
    ],
    [
      'migrations',
      'the table of Laravel',
      `create table migrations (id serial primary key, migration varchar(255) not null, batch integer not null);
       insert into migrations (migration, batch) values ('2014_10_12_000000_create_users_table', 1)`,
    ],
    [
      'migrations',
      'the table of another program with knex',
      `create table migrations (id serial primary key, name varchar(255), batch integer, migration_time timestamptz);
       insert into migrations (name, batch, migration_time) values ('20200101_init.js', 1, now())`,
    ],
    [
      'migrations',
      'the empty table of another program with knex',
      `create table migrations (id serial primary key, name varchar(255), batch integer, migration_time timestamptz)`,
    ],
  ] as [string, string, string][];

  test.each(foreign)('a foreign %s: %s', async (name, _, sql) => {
    await on({ schema: 'public' }, async (ground) => {
      await ground.administer(
        `grant all on schema public to ${ground.role}; set role ${ground.role}; ${sql}`,
      );
      const rows = () =>
        ground.administer(`select x.*, x.ctid, x.xmin from public.${name} x`).catch(() => null);
      const relations = () =>
        ground.administer(`select relname, relkind, relfilenode, relnatts from pg_class
          where relnamespace = 'public'::regnamespace order by relname`);
      const before = [await rows(), await relations()];
      for (const mode of ['test', 'now'] as const) {
        const message = await refusal(ground, mode);
        expect(message).toContain(name);
        expect(message).toContain('public');
        expect(message).not.toContain('newer rollcall');
        expect(message).not.toMatch(/\(42|bug/);
      }
      expect([await rows(), await relations()]).toEqual(before);
    });
  });

  test('tables of other names are nobody’s business', async () => {
    await on({ schema: 'public' }, async (ground) => {
      await ground.administer(
        `grant all on schema public to ${ground.role}; create table orders (id int); create table knex_migrations (id int)`,
      );
      ground.directory.lists([{ userName: 'anna' }]);
      await ground.withStore((store) => runSync(store, ground.directory.url, 'now'));
      const users = await ground.withStore((store) => read(store, never, (db) => listUsers(db, {})));
      expect(users).toMatchObject([{ userName: 'anna' }]);
    });
  });
});
