import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findArchive } from '../../src/accounts/archives.ts';
import { changeUser } from '../../src/accounts/change-users.ts';
import { RollcallError } from '../../src/core/errors.ts';
import { read as readStore, write } from '../../src/database/access.ts';
import { all } from '../../src/database/query.ts';
import type { Store } from '../../src/database/store.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { exportMessages } from '../../src/mail/export.ts';
import { leftOut, noted, type Found } from '../../src/mail/found.ts';
import { importMail } from '../../src/mail/import.ts';
import { reassign } from '../../src/mail/reassign.ts';
import { findMessage, removeMessage } from '../../src/mail/remove-message.ts';
import { resolveArchives } from '../../src/mail/resolve.ts';
import { listTarget, sourceOf } from '../support/mail.ts';
import { put, read } from '../support/state.ts';
import { kinds, newStore } from '../support/stores.ts';

const never = new AbortController().signal;
const authentication = 'integrated';
const none = { read: 0, imported: 0, stored: 0, unclaimed: 0, reassigned: 0, removed: 0, leftOut: 0 };

describe.each(kinds)('mail on %s', (kind) => {
  let store: Store;
  let remove: () => Promise<void>;
  beforeAll(async () => {
    ({ store, remove } = await newStore(kind));
  });
  afterAll(() => remove());
  beforeEach(() =>
    put(store, {
      users: {
        anna: { authentication, emailAddresses: ['Anna@x', 'team@x'] },
        bert: { authentication, emailAddresses: ['bert@x', 'TEAM@x'] },
        carl: { authentication, emailAddresses: ['carl@bücher.example'] },
      },
    }),
  );

  type Texts = (string | Buffer)[];
  const imports = (...texts: Texts) => importMail(store, sourceOf(texts), false, {}, never);
  const foretold = (...texts: Texts) => importMail(store, sourceOf(texts), true, {}, never);
  async function exported(name: string): Promise<string[]> {
    const { id } = await readStore(store, never, (db) => findArchive(db, name));
    const { raws, target } = listTarget();
    await exportMessages(store, id, target, never);
    return raws.map((raw) => raw.toString('latin1'));
  }
  const setAddresses = (name: string, emailAddresses: string[]) =>
    write(store, never, (db) => changeUser(db, name, { emailAddresses }));

  test('goes to every archive that its addresses say, once, and comes back byte for byte', async () => {
    const shared = 'From: ANNA@X\nTo: team@x, stranger@y\n\nhello\n';
    const odd = Buffer.from('To: bert@x, carl@XN--BCHER-KVA.example.\r\n\r\n\0\xff\xfe\r', 'latin1');
    const lost = 'To: stranger@y\n\nwho?\n';
    const counts = { ...none, read: 4, imported: 3, stored: 1, unclaimed: 1 };
    expect(await foretold(shared, odd, lost, shared), 'a dry run says the same').toEqual(counts);
    expect((await read(store)).archives['anna']?.messages, 'and writes nothing').toBe(0);
    expect(await imports(shared, odd, lost, shared)).toEqual(counts);
    expect(await exported('anna')).toEqual([shared]);
    expect(await exported('bert')).toEqual([shared, odd.toString('latin1')]);
    expect(await exported('carl')).toEqual([odd.toString('latin1')]);
    expect(await exported('@catchall')).toEqual([lost]);

    const before = await read(store);
    expect(await foretold(shared, odd, lost)).toEqual({ ...none, read: 3, stored: 3 });
    expect(await imports(shared, odd, lost)).toEqual({ ...none, read: 3, stored: 3 });
    expect(await read(store), 'importing again adds nothing').toEqual(before);
  });

  test('however large and many, is stored and exported in parts', async () => {
    const large = Buffer.from(`To: anna@x\n\n${'0123456789abcde\n'.repeat(200_000)}`);
    const parts = [
      large.subarray(0, 1_048_576),
      large.subarray(1_048_576, 2_097_152),
      large.subarray(2_097_152),
    ];
    const small = Array.from({ length: 700 }, (_, i) => `To: anna@x\n\n${i}\n`);
    async function* mail(): AsyncGenerator<Found> {
      yield* sourceOf(small);
      for (let i = 0; i < 2; i++)
        yield await Promise.resolve({ type: 'message', place: 'large', parts: [...parts] });
    }
    expect(await importMail(store, mail(), false, {}, never)).toEqual({
      ...none,
      read: 702,
      imported: 701,
      stored: 1,
    });
    expect(await exported('anna')).toEqual([...small, large.toString('latin1')]);
  });

  test('with a large header is found by what is far down in it, or left out', async () => {
    const header = (size: number) => `To: bert@x\nX: ${'x'.repeat(size)}\nCc: anna@x\n\n`;
    const parts = (text: string) =>
      Array.from({ length: Math.ceil(text.length / 1_048_576) }, (_, i) =>
        Buffer.from(text.slice(i * 1_048_576, (i + 1) * 1_048_576)),
      );
    async function* mail(): AsyncGenerator<Found> {
      for (const size of [2_000_000, 5_000_000]) {
        yield await Promise.resolve({ type: 'message', place: String(size), parts: parts(header(size)) });
      }
    }
    const said: string[] = [];
    const observer = {
      leftOut: ({ place, reason }: { place: string; reason: string }) => said.push(`${place}: ${reason}`),
    };
    const counts = await importMail(store, mail(), false, observer, never);
    expect(counts).toEqual({ ...none, read: 2, imported: 1, leftOut: 1 });
    expect(said).toEqual(['5000000: its header is larger than 4 MB']);
    expect(await exported('anna')).toHaveLength(1);
  });

  test('that cannot be imported is counted and told, and the rest goes on', async () => {
    const said: string[] = [];
    async function* mail(): AsyncGenerator<Found> {
      yield leftOut('a.zip', 'it is a ZIP archive');
      yield* sourceOf(['To: anna@x\n\n']);
      yield await Promise.resolve(noted('m, message 1', 'look at it'));
    }
    const observer = { leftOut: () => said.push('left out'), noted: () => said.push('noted') };
    const counts = await importMail(store, mail(), false, observer, never);
    expect(counts).toEqual({ ...none, read: 1, imported: 1, leftOut: 1 });
    expect(said).toEqual(['left out', 'noted']);
  });

  test('that was imported before a failure stays, and the failure says so', async () => {
    async function* broken(): AsyncGenerator<Found> {
      yield* sourceOf(Array.from({ length: 501 }, (_, i) => `To: anna@x\n\n${i}\n`));
      throw new RollcallError('failed', 'it broke');
    }
    await expect(importMail(store, broken(), false, {}, never)).rejects.toThrow(
      'it broke; messages that were already imported stay, and importing again adds the rest',
    );
    expect((await read(store)).archives['anna']?.messages).toBe(500);
  });

  describe('that came before its user', () => {
    const early = 'To: early@x\n\n1\n';
    const both = 'To: early@x, late@x\n\n2\n';
    const lost = 'To: nobody@x\n\n3\n';
    const bert = 'To: bert@x\n\n4\n';
    beforeEach(async () => {
      expect(await imports(early, both, lost, bert)).toMatchObject({ imported: 4, unclaimed: 3 });
      await setAddresses('anna', ['anna@x', 'early@x']);
      await setAddresses('carl', ['late@x']);
      // Bert's mail is not theirs who get his address.
      await setAddresses('bert', []);
    });

    const moved = async () => {
      expect(await exported('anna')).toEqual([early, both]);
      expect(await exported('carl')).toEqual([both]);
      expect(await exported('bert')).toEqual([bert]);
      expect(await exported('@catchall')).toEqual([lost]);
    };

    test('is reassigned, and shown first', async () => {
      const expected = {
        read: 3,
        reassigned: 2,
        archives: new Map([
          ['anna', 2],
          ['carl', 1],
        ]),
      };
      const before = await read(store);
      const progress: number[] = [];
      expect(await reassign(store, false, (n) => progress.push(n), never)).toEqual(expected);
      expect(await read(store)).toEqual(before);
      expect(await reassign(store, true, () => undefined, never)).toEqual(expected);
      await moved();
      expect(await reassign(store, true, () => undefined, never)).toEqual({
        read: 1,
        reassigned: 0,
        archives: new Map(),
      });
      expect(progress).toEqual([3]);
    });

    test('is reassigned when it is imported again', async () => {
      const counts = { ...none, read: 3, stored: 1, reassigned: 2 };
      expect(await foretold(early, both, lost)).toEqual(counts);
      expect(await exported('@catchall')).toHaveLength(3);
      expect(await imports(early, both, lost)).toEqual(counts);
      await moved();
    });

    test('is found in more pages than one, also by a large header', async () => {
      await imports(
        ...Array.from({ length: 250 }, (_, i) => `To: many${i % 5}@x\n\n${i}`),
        `X: ${'x'.repeat(50_000)}\nTo: many1@x\n\n`,
      );
      await setAddresses('anna', ['many1@x']);
      expect(await reassign(store, true, () => undefined, never)).toMatchObject({
        read: 254,
        reassigned: 52,
      });
      expect(await exported('anna')).toHaveLength(51);
    });
  });

  test('that was removed is gone from all archives, and does not come back', async () => {
    await imports('To: team@x\nSubject: shared\n\n1\n', 'To: anna@x\n\n2\n');
    const { raws, target } = listTarget();
    const { id } = await readStore(store, never, (db) => findArchive(db, 'anna'));
    const numbers: string[] = [];
    await exportMessages(
      store,
      id,
      {
        ...target,
        write: (message) => {
          numbers.push(message.id);
          return target.write(message);
        },
      },
      never,
    );
    const [number = ''] = numbers;
    const found = await readStore(store, never, (db) => findMessage(db, number));
    expect(found).toMatchObject({
      id: number,
      size: raws[0]?.length,
      archives: ['anna', 'bert'],
      subject: 'shared',
      from: null,
    });
    expect(
      await readStore(store, never, (db) => findMessage(db, found.digest.slice(0, 8).toUpperCase())),
    ).toEqual(found);
    await write(store, never, (db) => removeMessage(db, found, 'root@host'));
    expect(await exported('bert')).toEqual([]);
    const again = ['To: team@x\nSubject: shared\n\n1\n', 'To: anna@x\n\n2\n'];
    const counts = { ...none, read: 4, stored: 2, removed: 2 };
    expect(await foretold(...again, ...again)).toEqual(counts);
    expect(await imports(...again, ...again)).toEqual(counts);
    expect(await exported('bert')).toEqual([]);
    const recorded = await readStore(store, never, (db) =>
      all(
        db,
        `select encode(digest, 'hex') as digest, archives, removed_by, removed_at <= now() as past from removed_messages`,
      ),
    );
    // The other is its form without the last line ending.
    expect(recorded).toHaveLength(2);
    expect(recorded).toContainEqual({
      ...{ digest: found.digest, archives: ['anna', 'bert'], removed_by: 'root@host', past: true },
    });
    for (const [which, message] of [
      [number, `there is no message ${number}`],
      ['0123456789abcdef', 'there is no message 0123456789abcdef'],
      ['anna', 'anna is neither the number of a message nor its SHA-256 (8 digits or more)'],
    ] as const) {
      await expect(readStore(store, never, (db) => findMessage(db, which))).rejects.toThrow(message);
    }
  });

  test.each([
    ['as it is', 0],
    ['with the line ending that an mbox gives it', 1],
  ])('that was removed is gone in both forms, whichever was removed: %s', async (_, which) => {
    const forms = ['To: bert@x\n\nno line ending', 'To: bert@x\n\nno line ending\n'];
    await imports(...forms);
    const rows = await readStore(store, never, (db) =>
      all<{ id: string }>(db, 'select id from messages order by id'),
    );
    const id = rows[which]?.id ?? '';
    await write(store, never, async (db) => removeMessage(db, await findMessage(db, id), 'root@host'));
    expect(await exported('bert')).toEqual([]);
    expect(await imports(...forms)).toEqual({ ...none, read: 2, removed: 2 });
  });

  test('is said to be written only when it is', async () => {
    async function* broken(): AsyncGenerator<Found> {
      yield* sourceOf(Array.from({ length: 1_001 }, (_, i) => `To: anna@x\n\n${i}\n`));
      throw new RollcallError('failed', 'it broke');
    }
    await expect(importMail(store, broken(), true, {}, never)).rejects.toThrow(/^it broke$/);
  });

  test('an address is resolved by itself, and by the index', async () => {
    expect(await resolveArchives(store, ['team@x', 'nobody@x', 'anna@x'], never)).toEqual({
      archives: ['anna', 'bert'],
      addresses: [
        { address: 'team@x', archives: ['anna', 'bert'] },
        { address: 'nobody@x', archives: [] },
        { address: 'anna@x', archives: ['anna'] },
      ],
    });
    expect(await resolveArchives(store, ['nobody@x'], never)).toMatchObject({ archives: ['@catchall'] });
    await inTransaction(store, 'write', never, async (db) => {
      await db.raw(`insert into users (user_name, name_key, authentication, address_keys, privileges)
        select n, n, 'integrated', array[n || '@many'], '{login}' from (select 'u' || generate_series(1, 5000) as n) s`);
      await db.raw('analyze users');
      const plan = await all<{ 'QUERY PLAN': string }>(
        db,
        `explain select id from users where address_keys @> array['u7@many']`,
      );
      expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toContain(
        'Bitmap Index Scan on users_addresses',
      );
      return { commit: false, value: undefined };
    });
  });
});
