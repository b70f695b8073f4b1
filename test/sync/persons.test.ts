import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { giveArchive, grantAccess } from '../../src/accounts/archives.ts';
import { changeUser, removeUser, renameUser } from '../../src/accounts/change-users.ts';
import { recordArchive, recordUser } from '../../src/accounts/record-manual.ts';
import { read, write } from '../../src/database/access.ts';
import { run } from '../../src/database/query.ts';
import type { Store } from '../../src/database/store.ts';
import { isUser, type Side } from '../../src/sync/person-rows.ts';
import { findPersons } from '../../src/sync/persons.ts';
import { Directory } from '../servers/directory.ts';
import { runSync, type Overrides } from '../support/run.ts';
import { put } from '../support/state.ts';
import { actor, serverKinds, newStore } from '../support/stores.ts';

const never = new AbortController().signal;
const person = (userName: string, n: number) => ({
  userName,
  distinguishedName: `UID=${n}`,
  fullName: `Person ${n}`,
  emailAddresses: [`p${n}@x`],
});
const keep: Overrides = { options: { deleteUsers: false, renames: true, takeOver: 'agreed' } };

describe.each(serverKinds)('on %s', (kind) => {
  let store: Store;
  let directory: Directory;
  let remove: () => Promise<void>;
  beforeAll(async () => {
    directory = await Directory.start();
    ({ store, remove } = await newStore(kind));
  });
  afterAll(async () => {
    await directory.stop();
    await remove();
  });
  beforeEach(() => put(store, {}));

  const now = async (listing: object[], overrides?: Overrides) => {
    directory.lists(listing);
    await runSync(store, directory.url, 'now', overrides);
  };
  const byHand = (command: string) => ({ actor, command });
  const nameOf = (side: Side | null) => (side === null ? '' : isUser(side) ? side.userName : side.name);
  const told = async (name: string) =>
    (await read(store, never, (db) => findPersons(db, name))).map(({ names, storedAs, events }) => ({
      names,
      storedAs,
      events: events.map(({ action, before, after, command }) =>
        [command, action, nameOf(before), nameOf(after)].join(' ').trim(),
      ),
    }));

  test('renames are followed, by runs and by hand, whatever name is asked for', async () => {
    await now([person('ann', 1), person('bob', 2)]);
    await now([person('ann.b', 1), person('bob', 2)]);
    await write(store, never, async (db) => {
      await recordUser(db, byHand('users rename'), 'ANN.B', () => renameUser(db, 'ANN.B', 'Änn'));
      await recordUser(db, byHand('users set'), 'änn', () =>
        changeUser(db, 'änn', { privileges: ['login', 'export'] }),
      );
    });
    const ann = {
      names: ['ann', 'ann.b', 'Änn'],
      storedAs: 'Änn',
      events: [
        'sync now create  ann',
        'sync now rename ann ann.b',
        'users rename rename ann.b Änn',
        'users set update Änn Änn',
      ],
    };
    for (const name of ['ann', 'Ann.B', 'a\u0308nn']) expect(await told(name)).toEqual([ann]);
    expect(await told('nobody')).toEqual([]);
  });

  test('a name that was handed on is that of two persons', async () => {
    await now([person('ann', 1), person('bob', 2)]);
    await now([person('bob', 1), person('ann', 2)]);
    await now([person('ann', 2)]);
    expect(await told('bob')).toEqual([
      {
        names: ['ann', 'bob'],
        storedAs: null,
        events: ['sync now create  ann', 'sync now rename ann bob', 'sync now delete bob'],
      },
      { names: ['bob', 'ann'], storedAs: 'ann', events: ['sync now create  bob', 'sync now rename bob ann'] },
    ]);
  });

  test('who was gone and came back is told, once each', async () => {
    await now([person('ann', 1), person('bob', 2)]);
    await now([person('ann', 1)], keep);
    await now([person('ann', 1)], keep);
    // An entry without a readable name may be anybody.
    await now([person('ann', 1), { userName: 7 }], keep);
    await now([person('ann', 1), person('bob', 2)], keep);
    await now([person('ann', 1)], keep);
    await now([person('ann', 1)]);
    expect((await told('bob'))[0]?.events).toEqual([
      ...['sync now create  bob', 'sync now gone', 'sync now back', 'sync now gone', 'sync now delete bob'],
    ]);
  });

  test('what happens to archives is told to those whom it concerns, and of the archive that somebody left', async () => {
    await put(store, {
      users: { ann: person('ann', 1), bob: {}, eve: {} },
      archives: { ann: { owner: 'ann', messages: 2 } },
    });
    await write(store, never, async (db) => {
      await recordArchive(
        db,
        byHand('archives grant'),
        ['ann', 'eve'],
        () => grantAccess(db, 'ann', 'eve', ['read']),
        () => 'ann',
      );
      await recordUser(db, byHand('users remove'), 'ann', () => removeUser(db, 'ann'));
      await recordArchive(
        db,
        byHand('archives give'),
        ['ann', 'bob'],
        () => giveArchive(db, 'ann', 'bob', ['read']),
        (given) => given.archive,
      );
    });
    expect((await told('ann'))[0]?.events).toEqual([
      'archives grant archive ann ann',
      'users remove delete ann',
      'archives give archive ann bob',
    ]);
    expect((await told('eve'))[0]?.events).toEqual([
      'archives grant archive ann ann',
      'archives give archive ann bob',
    ]);
    expect((await told('bob'))[0]?.events).toEqual(['archives give archive ann bob']);
  });

  test.each([1, 2, 3])(
    'runs that recorded no numbers are told apart by names, up to run %i',
    async (last) => {
      await now([person('ann', 1), person('bob', 2), person('old', 3)]);
      await now([person('bob', 1), person('ann', 2)]);
      await now([person('cid', 1), person('ann', 2), person('old', 4)]);
      const before = await Promise.all(['ann', 'bob', 'cid', 'old'].map(told));
      expect(before.map(({ length }) => length)).toEqual([2, 2, 1, 2]);
      await write(store, never, (db) =>
        run(
          db,
          `update run_changes set user_id = null where run_id in (select id from runs order by id limit ?::int)`,
          [last],
        ),
      );
      expect(await Promise.all(['ann', 'bob', 'cid', 'old'].map(told))).toEqual(before);
    },
  );
});
