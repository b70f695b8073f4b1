import { deepEqual, equal, ok } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { importMail } from '../../src/mail/import.ts';
import { readMail } from '../../src/mail/reading/sources.ts';
import type { Store } from '../../src/database/store.ts';
import { all } from '../../src/database/query.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { damaged } from './damage.ts';

const never = new AbortController().signal;

const separator = Buffer.from('From x Thu Jan  1 00:00:00 2026\n');

const line = fc.oneof(
  fc.constantFrom('From: anna@x', 'To: b@x, "a, b" <c@x>', 'Cc: Team: a@x;', ' folded', '', 'From me', '>From', 'x\r'),
  fc.string({ unit: 'binary', maxLength: 30 }),
); // prettier-ignore
const message = fc
  .array(line, { minLength: 1, maxLength: 6 })
  .map((lines) => Buffer.from(`${lines.join('\n')}\n`));
const mbox = fc
  .array(message, { minLength: 1, maxLength: 3 })
  .map((messages) => Buffer.concat(messages.flatMap((message) => [separator, message, Buffer.from('\n')])));
const plain = fc.oneof(message, mbox);
const file = fc.oneof(
  damaged(plain),
  damaged(plain).map((bytes) => gzipSync(bytes)),
  damaged(plain.map((bytes) => gzipSync(bytes))),
);

/** Any file at all: each of its messages is imported and kept byte for byte, and what is none is told in one line. */
export const mailFiles = (store: Store, folder: string) =>
  fc.asyncProperty(file, async (bytes) => {
    const path = join(folder, 'mail');
    writeFileSync(path, bytes);
    const raws: Buffer[] = [];
    const told: string[] = [];
    async function* watched() {
      for await (const found of readMail(path, Readable.from([]), never)) {
        if (found.type === 'message') raws.push(Buffer.concat(found.parts));
        else told.push(`${found.place}: ${found.reason}`);
        yield found;
      }
    }
    const { read, leftOut } = await importMail(store, watched(), false, {}, never);
    for (const line of told) ok(/^[^\p{Cc}]+$/u.test(line), line);
    equal(read, raws.length);
    ok(read + leftOut > 0, 'a file is never passed over in silence');
    const content = contentOf(withoutFront(bytes));
    if (content === null) ok(leftOut > 0, 'damage is told');
    // Everything that looks like mail to the eye is taken whole, or said to be something else.
    else if (!content.includes('From ')) {
      deepEqual(leftOut > 0 ? [] : raws, leftOut > 0 ? [] : [withoutFront(content)]);
    }
    const stored = await inTransaction(store, 'write', never, async (db) => ({
      commit: false,
      value: await all<{ raw: Buffer }>(
        db,
        `select raw from messages where exists (select from archive_messages where message_id = id)`,
      ),
    }));
    const kept = new Set(stored.map(({ raw }) => raw.toString('hex')));
    for (const raw of raws) ok(kept.has(raw.toString('hex')), 'every message is in an archive');
  });

/** A byte order mark and empty lines in front are no part of what follows, be it a message or the gzip of one. */
const withoutFront = (bytes: Buffer) =>
  bytes.subarray(/^(?:\xef\xbb\xbf)?(?:[ \t]*\r*\n)*/.exec(bytes.toString('latin1'))?.[0].length ?? 0);

/** What the file says, or null when it is damaged. */
function contentOf(bytes: Buffer): Buffer | null {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes);
  } catch {
    return null;
  }
}
