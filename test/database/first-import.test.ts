import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepare } from '../../src/database/access.ts';
import { openStore } from '../../src/database/open-store.ts';
import { administer } from '../servers/administer.ts';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { postgresSettings } from '../servers/postgres-settings.ts';
import { runSync } from '../support/run.ts';
import { actor } from '../support/stores.ts';

const never = new AbortController().signal;

let directory: Directory;
let database: Awaited<ReturnType<typeof createDatabase>>;
beforeEach(async () => {
  [directory, database] = await Promise.all([Directory.start(), createDatabase()]);
  directory.lists([{ userName: 'ada' }, { userName: 'bob', emailAddresses: ['bob@x'] }]);
});
afterEach(async () => {
  await directory.stop();
  await database.drop();
});

/** All keys and indexes of the schema, with their definitions. */
const keys = (schema: string) =>
  administer(
    database.url,
    `select conrelid::regclass::text as table, conname as name, pg_get_constraintdef(oid) as definition
     from pg_constraint where connamespace = to_regnamespace($1)
     union all select tablename, indexname, indexdef from pg_indexes where schemaname = $1 order by 1, 2, 3`,
    [schema],
  );

/** Runs a first import into a schema that has been prepared by hand, and again. */
async function importInto(schema: string, before: string, after: string): Promise<void> {
  const store = await openStore({ ...postgresSettings(database.url), schema }, actor);
  try {
    if (before !== '') await administer(database.url, before);
    await prepare(store, never);
    if (after !== '') await administer(database.url, after);
    const made = await keys(schema);
    expect((await runSync(store, directory.url, 'now')).counts.created).toBe(2);
    expect((await runSync(store, directory.url, 'now')).counts.unchanged).toBe(2);
    expect(await keys(schema)).toEqual(made);
  } finally {
    await store.close();
  }
}

// A first import drops the keys that it can, and makes them again at its end.
test('a first import leaves every key as it was', () => importInto('rollcall', '', ''));

test('where another table has the name of a key, it is left alone', () =>
  importInto(
    'app',
    'create schema app; create table app.customers (id integer constraint users_pkey primary key)',
    '',
  ));

test('where a view needs a key, all stay', () =>
  importInto(
    'rollcall',
    '',
    'create view rollcall.names as select id, user_name from rollcall.users group by id',
  ));

test('where others replicate by a key, it stays the one that they use', async () => {
  await importInto('rollcall', '', 'alter table rollcall.users replica identity using index users_pkey');
  const [row] = await administer(
    database.url,
    `select count(*)::int as n from pg_index where indisreplident and indrelid = 'rollcall.users'::regclass`,
  );
  expect(row).toEqual({ n: 1 });
});
