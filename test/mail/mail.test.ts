import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RollcallError } from '../../src/core/errors.ts';
import { addressesOf } from '../../src/mail/addresses.ts';
import { importMessages } from '../../src/mail/import.ts';
import { readMbox, toMbox } from '../../src/mail/mbox.ts';
import { readMessages, type SourceMessage } from '../../src/mail/sources.ts';
import { findArchive } from '../../src/accounts/archives.ts';
import { archivesOf, readArchive as readStored } from '../../src/mail/messages.ts';
import type { Store } from '../../src/database/store.ts';
import { all } from '../../src/database/query.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { put, read } from '../support/state.ts';
import { kinds, newStore } from '../support/stores.ts';

const never = new AbortController().signal;

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('the addresses of a message', () => {
  test('are those of sender and recipients, in every header that counts', async () => {
    const names = [
      'From',
      'Sender',
      'To',
      'Cc',
      'Bcc',
      'Resent-From',
      'Resent-Sender',
      'Resent-To',
      'Resent-Cc',
      'Resent-Bcc',
    ];
    const counted = [...names, 'Delivered-To', 'X-Envelope-From', 'X-Envelope-To'];
    const header = [...counted, 'Reply-To', 'X-Other']
      .map((name, i) => `${name}: N${i} <A${i}@Example.com>`)
      .join('\r\n');
    expect(await addressesOf(Buffer.from(`${header}\r\n\r\nTo: body@example.com`))).toEqual(
      counted.map((_, i) => `a${i}@example.com`),
    );
  });

  test.each([
    ['To: "Doe, John" <john@x>, jane@x', ['john@x', 'jane@x']],
    ['To: Team: a@x, b@x;, c@x', ['a@x', 'b@x', 'c@x']],
    ['To: =?utf-8?q?J=C3=BCrgen?= <j@x>', ['j@x']],
    ['To: a@x,\r\n\tb@x', ['a@x', 'b@x']],
    ['To: a@x\nCc: A@X', ['a@x']],
    ['to: undisclosed-recipients:;\nFrom: a@x', ['a@x']],
    ['Subject: nobody', []],
  ])('%j', async (header, expected) =>
    expect(await addressesOf(Buffer.from(`${header}\n\nbody\n`))).toEqual(expected),
  );
});

describe('an mbox', () => {
  const chunked = (bytes: Buffer, size: number) => {
    const parts = [];
    for (let i = 0; i < bytes.length; i += size) parts.push(bytes.subarray(i, i + size));
    return Readable.from(parts) as AsyncIterable<Buffer>;
  };

  test('gives back every message byte for byte, however it is cut', async () => {
    const line = fc.constantFrom(
      'From me',
      '>From you',
      '>>From them',
      '',
      'To: a@x',
      'text \xe9\0',
      'x\r',
      'From',
      '> From ',
    );
    const message = fc
      .array(line, { minLength: 1, maxLength: 6 })
      .map((lines) => Buffer.from(`${lines.join('\n')}\n`, 'latin1'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 60 }),
        async (messages, size) => {
          const mbox = Buffer.concat(messages.map(toMbox));
          expect(await collect(readMbox(chunked(mbox, size)))).toEqual(messages);
        },
      ),
    );
  });

  test('that is none is an error', async () => {
    await expect(collect(readMbox(chunked(Buffer.from('hello\n'), 9)))).rejects.toThrow(
      'it does not start with "From ", but with "hello',
    );
  });
});

describe('sources are told by their content', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const mbox = Buffer.from('From a\nTo: a@x\n\none\n\nFrom b\nTo: b@x\n\ntwo\n');
  const texts = async (path: string, stdin = Readable.from([])) =>
    (await collect(readMessages(path, stdin))).map(({ raw }) => raw.toString());
  const file = (name: string, content: Buffer | string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  test('a message, an mbox, both gzipped, standard input, a Maildir', async () => {
    const two = ['To: a@x\n\none\n', 'To: b@x\n\ntwo\n'];
    expect(await texts(file('m.eml', 'To: a@x\r\n\r\none'))).toEqual(['To: a@x\r\n\r\none']);
    expect(await texts(file('m.mbox', mbox))).toEqual(two);
    expect(await texts(file('m.gz', gzipSync(mbox)))).toEqual(two);
    expect(await texts('-', Readable.from([mbox.subarray(0, 2), mbox.subarray(2)]))).toEqual(two);
    mkdirSync(join(folder, 'dir/cur'), { recursive: true });
    mkdirSync(join(folder, 'dir/tmp'));
    file('dir/cur/1:2,S', 'From: a@x\n\n');
    file('dir/tmp/2', 'not yet');
    expect(await texts(join(folder, 'dir'))).toEqual(['From: a@x\n\n']);
  });

  test.each([
    ['no such file', () => 'nowhere', /^cannot read nowhere: it does not exist$/],
    ['an empty file', () => file('empty', ''), /empty: it is empty$/],
    ['a folder that is no Maildir', () => folder, /it is a folder, but not a Maildir/],
    [
      'half a gzip',
      () => file('half.gz', gzipSync(mbox).subarray(0, 30)),
      /half\.gz: unexpected end of file$/,
    ],
  ])('%s is an error', async (_, path, message) => {
    await expect(texts(path())).rejects.toThrow(message);
  });
});

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
        anna: { emailAddresses: ['Anna@x', 'team@x'] },
        bert: { emailAddresses: ['bert@x', 'TEAM@x'] },
        carl: {},
      },
    }),
  );

  const messages = (...texts: (string | Buffer)[]): AsyncIterable<SourceMessage> =>
    Readable.from(
      texts.map((text, i) => ({ raw: Buffer.from(text as string), place: `message ${i + 1}` })),
    ) as AsyncIterable<SourceMessage>;
  const imports = (...texts: (string | Buffer)[]) => importMessages(store, messages(...texts), {}, never);
  const exported = (name: string) =>
    inTransaction(store, 'write', never, async (db) => {
      const { id } = await findArchive(db, name);
      return { commit: false, value: (await readStored(db, id, '0', 100)).map(({ raw }) => raw) };
    });

  test('goes to every archive that its addresses say, once, and comes back byte for byte', async () => {
    const shared = 'From: ANNA@X\nTo: team@x, stranger@y\n\nhello\n';
    const odd = Buffer.from('To: bert@x\r\n\r\n\0\xff\xfe\r', 'latin1');
    const lost = 'To: stranger@y\n\nwho?\n';
    expect(await imports(shared, odd, lost, shared)).toEqual({
      read: 4,
      imported: 3,
      unclaimed: 1,
      unparsable: 0,
    });
    expect(await exported('anna')).toEqual([Buffer.from(shared)]);
    expect(await exported('bert')).toEqual([Buffer.from(shared), odd]);
    expect(await exported('@catchall')).toEqual([Buffer.from(lost)]);
    expect(await exported('carl')).toEqual([]);

    const before = await read(store);
    expect(await imports(shared, odd, lost)).toMatchObject({ read: 3, imported: 0 });
    expect(await read(store), 'importing again adds nothing').toEqual(before);
  });

  test('that cannot be parsed is kept and reported', async () => {
    const seen: string[] = [];
    const bad = Buffer.from('\n\n\n');
    const counts = await importMessages(
      store,
      messages(bad),
      { unparsable: (place, reason) => seen.push(`${place}: ${reason}`) },
      never,
    );
    expect(counts).toEqual({ read: 1, imported: 1, unclaimed: 1, unparsable: 1 });
    expect(seen).toEqual(['message 1: it has no header']);
    expect(await exported('@catchall')).toEqual([bad]);
  });

  test('that was imported before a failure stays, and the failure says so', async () => {
    async function* broken(): AsyncGenerator<SourceMessage> {
      for (let i = 0; i < 501; i++) yield { raw: Buffer.from(`To: anna@x\n\n${i}\n`), place: `message ${i}` };
      await Promise.resolve();
      throw new RollcallError('failed', 'cannot read half.gz: unexpected end of file');
    }
    await expect(importMessages(store, broken(), {}, never)).rejects.toThrow(
      'cannot read half.gz: unexpected end of file; messages that were already imported stay, and importing again adds the rest',
    );
    expect((await read(store)).archives['anna']?.messages).toBe(500);
  });

  test('an address is resolved without regard to case, and by the index', async () => {
    await inTransaction(store, 'write', never, async (db) => {
      expect(await archivesOf(db, ['team@x'])).toEqual(['anna', 'bert']);
      expect(await archivesOf(db, ['anna@x', 'bert@x'])).toEqual(['anna', 'bert']);
      expect(await archivesOf(db, ['nobody@x'])).toEqual([]);
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
