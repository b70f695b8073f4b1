import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { all } from '../../src/database/query.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { Directory } from '../servers/directory.ts';
import { linesOf, runSync } from '../support/run.ts';
import { read } from '../support/state.ts';
import { kinds, newStore } from '../support/stores.ts';

/** Made by the version before 0002, by three runs and an import, and written down by pg_dump. */
const landed = readFileSync(join(import.meta.dirname, '0001.sql'), 'utf8');

const never = new AbortController().signal;

test.each(kinds)(
  'a database of the version before is brought up to date with its data, on %s',
  async (kind) => {
    const { store, remove } = await newStore(kind);
    const directory = await Directory.start();
    await store.knex.raw(landed);

    directory.lists([
      // Another spelling of the DN and of the internationalized domain is no change.
      {
        userName: 'anne',
        fullName: 'Anna Able',
        distinguishedName: 'UID=1, DC=Example',
        emailAddresses: ['anna@example.com', 'a@xn--bcher-kva.example'],
      },
      { userName: 'carl', distinguishedName: 'no dn', emailAddresses: ['carl@bücher.example'] },
      // The history knows whose archive it was.
      { userName: 'bert', distinguishedName: 'UID=2,DC=example' },
    ]);
    const tested = await runSync(store, directory.url, 'test');
    const { items, run } = await runSync(store, directory.url, 'now');
    expect(items).toEqual(tested.items);
    expect(linesOf(items)).toEqual(['create bert (bert takenOver, 1)', 'admin dora']);
    expect(run).toBe(4);

    // Keys and memory are looked at by `read`.
    const { users, archives } = await read(store);
    expect(Object.keys(users)).toEqual(['anne', 'bert', 'carl', 'dora']);
    expect(users['dora']).toMatchObject({ gone: true, privileges: ['admin'] });
    expect(archives).toMatchObject({
      '@catchall': { owner: null, messages: 1 },
      anne: { owner: 'anne', messages: 1 },
      bert: { owner: 'bert', messages: 1 },
    });
    const kept = await inTransaction(store, 'write', never, async (db) => ({
      commit: false,
      value: await all(
        db,
        `select action, user_name, archive from run_changes where run_id = 2 order by position`,
      ),
    }));
    expect(kept).toEqual([
      { action: 'rename', user_name: 'Anna', archive: null },
      { action: 'update', user_name: 'dora', archive: null },
      {
        action: 'delete',
        user_name: 'bert',
        archive: { outcome: 'kept', name: 'bert', messages: 1, accessEnded: [] },
      },
    ]);
    await directory.stop();
    await remove();
  },
);
