import { deepEqual, ok } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { RollcallError } from '../../src/core/errors.ts';
import { importMessages } from '../../src/mail/import.ts';
import { toMbox } from '../../src/mail/mbox.ts';
import { readMessages } from '../../src/mail/sources.ts';
import type { Store } from '../../src/database/store.ts';
import { all } from '../../src/database/query.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { damaged } from './damage.ts';

const never = new AbortController().signal;

const line = fc.oneof(
  fc.constantFrom('From: anna@x', 'To: b@x, "a, b" <c@x>', 'Cc: Team: a@x;', ' folded', '', 'From me', '>From', 'x\r'),
  fc.string({ unit: 'binary', maxLength: 30 }),
); // prettier-ignore
const message = fc
  .array(line, { minLength: 1, maxLength: 6 })
  .map((lines) => Buffer.from(`${lines.join('\n')}\n`));
const mbox = fc
  .array(message, { minLength: 1, maxLength: 3 })
  .map((messages) => Buffer.concat(messages.map(toMbox)));
const plain = fc.oneof(message, mbox);
const file = fc.oneof(
  damaged(plain),
  damaged(plain).map((bytes) => gzipSync(bytes)),
  damaged(plain.map((bytes) => gzipSync(bytes))),
);

/** Any file at all: it is imported whole and kept byte for byte, or fails in one line. */
export const mailFiles = (store: Store, folder: string) =>
  fc.asyncProperty(file, async (bytes) => {
    const path = join(folder, 'mail');
    writeFileSync(path, bytes);
    const raws: Buffer[] = [];
    async function* watched() {
      for await (const found of readMessages(path, Readable.from([]))) {
        raws.push(found.raw);
        yield found;
      }
    }
    const failure = await importMessages(store, watched(), {}, never).then(
      () => null,
      (error: unknown) => error,
    );
    const content = contentOf(bytes);
    if (content === null || content.length === 0) {
      ok(failure instanceof RollcallError, `not an error for the user: ${String(failure)}`);
      ok(failure.outcome === 'failed' && /^[^\p{Cc}]+$/u.test(failure.message), failure.message);
      return;
    }
    ok(failure === null, `fails: ${String(failure)}`);
    if (!content.subarray(0, 5).equals(Buffer.from('From '))) deepEqual(raws, [content]);
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

/** What the file says, or null when it is damaged. */
function contentOf(bytes: Buffer): Buffer | null {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes);
  } catch {
    return null;
  }
}
