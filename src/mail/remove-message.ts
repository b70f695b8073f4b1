import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { visible } from '../core/printable.ts';
import { all, run } from '../database/query.ts';
import { fieldsOf, splitMessage } from './header.ts';

/** A stored message, as people recognize it. */
export interface MessageSummary {
  id: string;
  /** SHA-256 of the message, in hexadecimal digits. */
  digest: string;
  /** In bytes. */
  size: number;
  /** The sorted names of the archives that it is in. */
  archives: string[];
  /** Of its header; raw, and null where it has none. */
  from: string | null;
  subject: string | null;
  date: string | null;
}

/**
 * Finds a message by its number, or by the first digits of its SHA-256 (at least 8). Digits that could be both are first taken for
 * a number.
 *
 * @throws RollcallError when there is none, or several
 */
export async function findMessage(db: Knex, which: string): Promise<MessageSummary> {
  const isNumber = /^\d{1,18}$/.test(which);
  const isDigest = /^[0-9a-f]{8,64}$/i.test(which);
  if (!isNumber && !isDigest) {
    throw new RollcallError(
      'usage',
      `${visible(which)} is neither the number of a message nor its SHA-256 (8 digits or more)`,
    );
  }
  const byNumber = isNumber ? await search(db, 'id = ?', [which]) : [];
  const rows = byNumber.length === 0 && isDigest ? await search(db, between, rangeOf(which)) : byNumber;
  const [found] = rows;
  if (found === undefined) throw new RollcallError('failed', `there is no message ${visible(which)}`);
  if (rows.length > 1) throw new RollcallError('failed', `several messages start with ${visible(which)}`);
  const { start, ...message } = found;
  const fields = fieldsOf(splitMessage(start).header);
  const value = (wanted: string) => fields.find(({ name }) => name === wanted)?.value ?? null;
  return { ...message, from: value('from'), subject: value('subject'), date: value('date') };
}

type Found = Omit<MessageSummary, 'from' | 'subject' | 'date'> & { start: Buffer };

const search = (db: Knex, condition: string, values: string[]) =>
  all<Found>(
    db,
    `select id, encode(digest, 'hex') as digest, octet_length(raw) as size, substring(raw from 1 for 65536) as start,
       array(select name from archive_messages join archives on archives.id = archive_id
         where message_id = messages.id order by name_key) as archives
     from messages where ${condition} limit 2`,
    values,
  );

/** What the index on the digest can find. */
const between = `digest between decode(?, 'hex') and decode(?, 'hex')`;
const rangeOf = (digits: string) => [digits.padEnd(64, '0'), digits.padEnd(64, 'f')];

/**
 * Removes a message from all archives, and records that, so that no import brings it back. It may be stored twice: an mbox
 * gives a message the line ending that it lacks, and thereby another digest.
 */
export async function removeMessage(
  db: Knex.Transaction,
  { id }: MessageSummary,
  actor: string,
): Promise<void> {
  const both = await all<{ id: string | null; digest: Buffer; archives: string[] }>(
    db,
    `with forms as (
       select digest from messages where id = ?
       union
       select sha256(case when substring(raw from octet_length(raw)) = '\\x0a'::bytea
         then substring(raw from 1 for octet_length(raw) - 1) else raw || '\\x0a'::bytea end)
       from messages where id = ?)
     select messages.id, forms.digest,
       array(select name from archive_messages join archives on archives.id = archive_id
         where message_id = messages.id order by name_key) as archives
     from forms left join messages using (digest)`,
    [id, id],
  );
  const ids = both.map((form) => form.id);
  await run(db, 'delete from archive_messages where message_id = any (?::bigint[])', [ids]);
  await run(db, 'delete from messages where id = any (?::bigint[])', [ids]);
  const archives = [...new Set(both.flatMap((form) => form.archives))];
  await run(
    db,
    `insert into removed_messages (digest, archives, removed_by) select unnest(?::bytea[]), ?::text[], ?
     on conflict (digest) do nothing`,
    [both.map(({ digest }) => digest), archives, actor],
  );
}
