import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEntry, type Entry } from '../../src/core/entry.ts';
import { Lookup3 } from '../../src/core/lookup3.ts';
import { openStore } from '../../src/database/open-store.ts';
import { all, one, run } from '../../src/database/query.ts';
import type { Store } from '../../src/database/store.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { Fingerprints, type Unstaged } from '../../src/sync/fingerprints.ts';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { postgresSettings } from '../servers/postgres-settings.ts';
import { linesOf, runSync } from '../support/run.ts';
import { put, type StoredUser } from '../support/state.ts';
import { actor, serverKinds, newStore } from '../support/stores.ts';

const never = new AbortController().signal;

/** Texts as directories have them, and as nobody should. */
const text = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
  fc.constantFrom('Ada', 'Zoë', 'Zoe\u0308', '=', '=Ada', 'a\nb', 'Σίσυφος', '\u{1f600}', 'x'.repeat(250)),
);
const member = fc.option(text);
const listed = fc.record({
  userName: text,
  fullName: member,
  distinguishedName: fc.oneof(member, fc.constant('CN=Ada, DC=x'), fc.constant('cn=ada,dc=x')),
  emailAddresses: fc.array(fc.oneof(text, fc.emailAddress(), fc.constant('a@bücher.example')), {
    maxLength: 4,
  }),
});
type Listed = typeof listed extends fc.Arbitrary<infer T> ? T : never;

const readable = (element: Partial<Listed>) => {
  const entry = readEntry(element, 1);
  return 'reason' in entry ? null : entry;
};

describe.each(serverKinds)('on %s', (kind) => {
  let store: Store;
  let remove: () => Promise<void>;
  beforeAll(async () => {
    ({ store, remove } = await newStore(kind));
  });
  afterAll(() => remove());

  /** Reads the fingerprints, after a change by hand. */
  const read = (byHand?: string) =>
    inTransaction(store, 'write', never, async (db) => {
      if (byHand !== undefined) await db.raw(byHand);
      const value = await Fingerprints.read(db, never);
      if (value === null) throw new Error('the server computes other fingerprints');
      return { commit: false, value };
    });
  const areCurrent = (fingerprints: Fingerprints) =>
    inTransaction(store, 'readOnly', never, async (db) => ({
      commit: false,
      value: await fingerprints.areCurrent(db),
    }));
  const putEntries = (entries: Entry[]) =>
    put(store, { users: Object.fromEntries(entries.map((entry) => [entry.userName, entry as StoredUser])) });
  const staged = (fingerprints: Fingerprints, entry: Entry, scope: 'in' | 'out' = 'in') => {
    const earlier: Unstaged[] = [];
    return [fingerprints.mustStage({ ...entry, scope }, (found) => earlier.push(found)), earlier];
  };

  test('whoever is stored as listed is not staged; whoever differs in one member is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(listed, { minLength: 1, maxLength: 30 }), text, async (elements, other) => {
        const entries = [...new Map(elements.map(readable).map((entry) => [entry?.nameKey, entry])).values()];
        const stored = entries.filter((entry) => entry !== null);
        await putEntries(stored);
        const [same, altered] = [await read(), await read()];
        for (const entry of stored) {
          const hasLineFeed = [entry.userName, entry.fullName, entry.dnKey].some((each) =>
            each?.includes('\n'),
          );
          expect(staged(same, entry)).toEqual([hasLineFeed, []]);
          const changed = readable({
            ...entry,
            ...([{ fullName: other }, { distinguishedName: other }, { emailAddresses: [other] }][
              entry.userName.length % 3
            ] as object),
          });
          const differs = changed === null ? null : stateOf(changed) !== stateOf(entry);
          if (changed && differs) expect(staged(altered, changed)).toEqual([true, []]);
        }
        expect(same.unstaged + [...same.others(3)].flat().length).toBe(stored.length);
      }),
      { numRuns: 15 },
    );
  });

  test('a change by hand is seen, whatever it is', async () => {
    const entry = readable({ userName: 'ada', fullName: 'Ada', emailAddresses: ['a@x', 'b@x'] }) as Entry;
    await putEntries([entry]);
    expect(staged(await read(), entry)).toEqual([false, []]);
    for (const change of [
      `user_name = 'Ada'`,
      `full_name = null`,
      `full_name = ''`,
      `full_name = 'ada'`,
      `dn_key = ''`,
      `address_keys = '{b@x,a@x}'`,
      `address_keys = '{a@x}'`,
      `address_keys = '{a@x,b@x,null}'`,
      `address_keys = '{}'`,
      `address_keys = array[address_keys]`,
      `address_keys = '[2:3]={a@x,b@x}'`,
      `address_keys = array[E'a@x\\nb@x']`,
      `full_name = null, user_name = E'ada\\n=Ada'`,
      `authentication = 'integrated'`,
      `name_key = 'eda'`,
    ]) {
      expect([change, staged(await read(`update users set ${change}`), entry)]).toEqual([change, [true, []]]);
    }
  });

  test('an entry whose name comes again is staged after all', async () => {
    const [ada, bob] = [readable({ userName: 'ada' }) as Entry, readable({ userName: 'bob' }) as Entry];
    await putEntries([ada, bob]);
    const fingerprints = await read();
    expect(staged(fingerprints, { ...ada, number: 1 })).toEqual([false, []]);
    expect(staged(fingerprints, { ...bob, number: 2 })).toEqual([false, []]);
    expect(fingerprints.unstaged).toBe(2);
    // Out of scope, it says nothing of the other.
    expect(staged(fingerprints, { ...ada, number: 3 }, 'out')).toEqual([true, []]);
    const { id } = await inTransaction(store, 'readOnly', never, async (db) => ({
      commit: false,
      value: await one<{ id: string }>(
        db,
        `select id::text from ${store.schema}.users where user_name = 'ada'`,
      ),
    }));
    expect(staged(fingerprints, { ...ada, number: 4 })).toEqual([
      true,
      [{ number: 1, nameKey: 'ada', userId: id }],
    ]);
    expect(staged(fingerprints, { ...ada, number: 5 })).toEqual([true, []]);
    expect(fingerprints.unstaged).toBe(1);
    expect([...fingerprints.others(10)]).toEqual([[id]]);
  });

  describe('what happens while the listing arrives is found', () => {
    const insert = `insert into users (user_name, name_key, authentication, privileges) values ('eve', 'eve', 'directoryServices', '{login}')`;
    const edits = {
      nothing: 'select 1',
      'an update': `update users set full_name = 'Ada Able' where user_name = 'ada'`,
      'an update that restores': `update users set full_name = full_name where user_name = 'ada'`,
      'a rename': `update users set user_name = 'eve', name_key = 'eve' where user_name = 'ada'`,
      'a new user': insert,
      'a deletion': `delete from users where user_name = 'ada'`,
      'a deletion and a new user': `delete from users where user_name = 'ada'; ${insert}`,
      'a user by hand': `update users set authentication = 'integrated' where user_name = 'ada'`,
      'one by hand, and one no more': `update users set authentication = 'integrated' where user_name = 'ada';
        update users set authentication = 'directoryServices' where user_name = 'ina'`,
    };
    test.each(Object.entries(edits))('%s', async (what, edit) => {
      await put(store, {
        users: { ada: { fullName: 'Ada' }, bob: {}, eva: {}, ina: { authentication: 'integrated' } },
      });
      const early = await read();
      const directory = await Directory.start();
      const answer = JSON.stringify([{ userName: 'ada', fullName: 'Ada' }, { userName: 'bob' }]);
      try {
        directory.answers(async (_, response) => {
          // By then, they have been read.
          await sleep(100);
          await inTransaction(store, 'write', never, async (db) => {
            await db.raw(edit);
            return { commit: true, value: undefined };
          });
          response.end(answer);
        });
        const { items, counts } = await runSync(store, directory.url, 'test');
        directory.answers((_, response) => response.end(answer));
        const staged = await runSync(store, directory.url, 'test', { stageAll: true });
        expect({ items, counts }).toEqual({ items: staged.items, counts: staged.counts });
        if (what !== 'nothing') expect(await areCurrent(early)).toBe(false);
        // As soon as the other tests have ended what they were writing when the users were stored.
        else await expect.poll(async () => areCurrent(await read()), { timeout: 10_000 }).toBe(true);
      } finally {
        await directory.stop();
      }
    });
  });

  test('the hash is that of the server, whatever the length and the seed', async () => {
    const seeds = [1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 0x1234_5678_9abc_def0n];
    const texts = Array.from({ length: 50 }, (_, i) => 'Ünïcödé \u{1f600} and so on, '.repeat(4).slice(0, i));
    const wellFormed = texts.filter((each) => each.isWellFormed());
    for (const seed of seeds) {
      const hash = new Lookup3(seed);
      const ours = wellFormed.map((each) => {
        hash.hash(each);
        return String((BigInt(hash.high) << 32n) | BigInt(hash.low >>> 0));
      });
      const theirs = await inTransaction(store, 'readOnly', never, async (db) => ({
        commit: false,
        value: await all<{ hash: string }>(
          db,
          `select hashtextextended(text, ?::bigint)::text as hash from unnest(?::text[]) with ordinality as t (text, n) order by n`,
          [String(seed), wellFormed],
        ),
      }));
      expect(theirs.map((row) => row.hash)).toEqual(ours);
    }
  });
});

const stateOf = ({ userName, fullName, dnKey, addressKeys }: Entry) =>
  JSON.stringify([userName, fullName, dnKey, addressKeys]);

test('a database in another encoding is compared without fingerprints, with the same result', async () => {
  const { url, drop } = await createDatabase(`encoding 'SQL_ASCII' locale 'C'`);
  const store = await openStore(postgresSettings(url), actor);
  const directory = await Directory.start();
  try {
    directory.lists([{ userName: 'zoë' }, { userName: 'bob', fullName: 'Bob' }]);
    const first = await runSync(store, directory.url, 'now');
    expect(linesOf(first.items)).toEqual(['create bob', 'create zoë']);
    directory.lists([{ userName: 'zoë' }, { userName: 'bob', fullName: 'Bob Baker' }]);
    const second = await runSync(store, directory.url, 'now');
    expect(linesOf(second.items)).toEqual(['update bob']);
    expect(second.counts.unchanged).toBe(1);
    const read = inTransaction(store, 'readOnly', never, async (db) => {
      expect(await run(db, 'select from users')).toBe(2);
      return { commit: false, value: await Fingerprints.read(db, never) };
    });
    expect(await read).toBeNull();
  } finally {
    await directory.stop();
    await store.close();
    await drop();
  }
});
