import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { findArchive } from '../../src/accounts/archives.ts';
import { read as readStore } from '../../src/database/access.ts';
import type { Store } from '../../src/database/store.ts';
import { exportMessages, maildir } from '../../src/mail/export.ts';
import { importMail } from '../../src/mail/import.ts';
import { readMail } from '../../src/mail/reading/sources.ts';
import { listTarget } from '../support/mail.ts';
import { put } from '../support/state.ts';
import { kinds, newStore } from '../support/stores.ts';

const never = new AbortController().signal;

/** A message as it may lie anywhere; an mbox can hold those that end with a line. */
const message = fc
  .record({
    fields: fc.array(
      fc.constantFrom(
        'Subject: a\n b',
        'X-Empty:',
        'Received: by x; y',
        'To : "a, b" <c@x>',
        'Cc: \xe9@x',
        'x\xff: y',
      ),
      { maxLength: 3 },
    ),
    body: fc.array(
      fc.oneof(
        fc.constantFrom(
          'From me',
          '>From you',
          '>>>>From them',
          '>',
          'Fro',
          '',
          '\r',
          'From x Thu Jan  1 00:00:00 2026',
        ),
        fc.string({ unit: 'binary-ascii', maxLength: 40 }),
      ),
      { maxLength: 6 },
    ),
    lineEnd: fc.constantFrom('\n', '\r\n'),
  })
  .map(({ fields, body, lineEnd }) => {
    const lines = ['From: anna@x', ...fields, '', ...body, ''].join('\n');
    return Buffer.from(lines.replaceAll('\n', lineEnd), 'latin1');
  });

/** Written as programs do, by rules of its own: nothing of what is tested here. */
const mbox = (messages: Buffer[]) =>
  Buffer.from(
    messages
      .map((raw) => {
        const quoted = raw.toString('latin1').replace(/^(?=>*From )/gm, '>');
        return `From anna@x Thu Jan  1 00:00:00 2026\n${quoted}\n`;
      })
      .join(''),
    'latin1',
  );

function maildirPlusPlus(folder: string, messages: Buffer[]): void {
  const folders = ['', '.Sent', '.Sent.2026'];
  for (const name of folders) {
    for (const part of ['cur', 'new', 'tmp']) mkdirSync(join(folder, name, part), { recursive: true });
  }
  for (const [i, raw] of messages.entries()) {
    const name = i % 2 === 0 ? `new/${i}.host` : `cur/${i}.host:2,S`;
    writeFileSync(join(folder, folders[i % 3] ?? '', name), i % 5 === 4 ? gzipSync(raw) : raw);
  }
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const stores: Record<string, { store: Store; remove: () => Promise<void> }> = {};
beforeAll(async () => {
  for (const kind of kinds) stores[kind] = await newStore(kind);
});
afterAll(() => Promise.all(Object.values(stores).map(({ remove }) => remove())));

test.each(kinds)('random mail as mbox, gzip and Maildir++ comes back byte for byte, on %s', async (kind) => {
  const { store } = stores[kind] as { store: Store };
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 7 }), async (messages) => {
      run += 1;
      const expected = [...new Set(messages.map((raw) => raw.toString('latin1')))].sort();
      const inRun = (name: string) => join(folder, `${run}${name}`);
      writeFileSync(inRun('.mbox'), mbox(messages));
      const half = Math.floor(mbox(messages).length / 2);
      const members = [mbox(messages).subarray(0, half), mbox(messages).subarray(half)];
      writeFileSync(inRun('.gz'), Buffer.concat(members.map((member) => gzipSync(member))));
      maildirPlusPlus(inRun('.dir'), messages);
      for (const source of [inRun('.mbox'), inRun('.gz'), inRun('.dir')]) {
        await put(store, { users: { anna: { emailAddresses: ['anna@x'] } } });
        const counts = await importMail(store, readMail(source, Readable.from([]), never), false, {}, never);
        expect(counts).toMatchObject({
          read: messages.length,
          imported: expected.length,
          leftOut: 0,
          unclaimed: 0,
        });
        const { id } = await readStore(store, never, (db) => findArchive(db, 'anna'));
        const { raws, target } = listTarget();
        await exportMessages(store, id, target, never);
        expect(raws.map((raw) => raw.toString('latin1')).sort()).toEqual(expected);
        const out = `${source}.out`;
        await exportMessages(store, id, await maildir(out), never);
        const files = readdirSync(join(out, 'cur')).map((name) =>
          readFileSync(join(out, 'cur', name), 'latin1'),
        );
        expect(files.sort()).toEqual(expected);
      }
    }),
    { numRuns: kind === 'embedded' ? 5 : 15 },
  );
});
