import type { Knex } from 'knex';
import { isDeepStrictEqual } from 'node:util';
import { readCursor } from '../database/cursor.ts';
import { run } from '../database/query.ts';
import type { Traces } from './traces.ts';

/** A place where persons may be mentioned in what is recorded of others. */
interface Place {
  /** What the value is. */
  member: string;
  /** Rows with their `key`, the time `at` which they were written, and the `value` in JSON. */
  rows: string;
  /** Stores a value under a key. */
  update: string;
}

/** The parts of a key of two numbers. */
const twoNumbers = `(select split_part(key, ' ', 1)::bigint, split_part(key, ' ', 2)::bigint from (select ?::text as key) k)`;

const places: Place[] = [
  {
    member: 'archive',
    rows: `select run_id || ' ' || position as key, committed_at as at, run_changes.archive as value
      from run_changes join runs on runs.id = run_id where run_changes.archive is not null`,
    update: `update run_changes set archive = ?::jsonb where (run_id, position) = ${twoNumbers}`,
  },
  ...['before', 'after'].map((side) => ({
    member: side,
    rows: `select id::text as key, made_at as at, ${side} as value from manual_changes where ${side} is not null`,
    update: `update manual_changes set ${side} = ?::jsonb where id = ?::bigint`,
  })),
  {
    member: 'lastOwner',
    rows: `select run_id || ' ' || archive_id as key, committed_at as at, left_last_owner as value
      from run_archives join runs on runs.id = run_id where left_last_owner is not null`,
    update: `update run_archives set left_last_owner = ?::jsonb where (run_id, archive_id) = ${twoNumbers}`,
  },
  {
    member: 'lastOwner',
    rows: `select distinct run_id || ' ' || archive_id as key, committed_at as at, run_access.last_owner as value
      from run_access join runs on runs.id = run_id where run_access.last_owner is not null`,
    update: `update run_access set last_owner = ?::jsonb where (run_id, archive_id) = ${twoNumbers}`,
  },
  {
    member: 'options',
    // Privileges are no names, even if somebody is called `read`.
    rows: "select id::text as key, committed_at as at, options - 'defaultPrivileges' as value from runs",
    update: `update runs set options = ?::jsonb || jsonb_strip_nulls(jsonb_build_object(
      'defaultPrivileges', options -> 'defaultPrivileges')) where id = ?::bigint`,
  },
  {
    member: 'archives',
    rows: `select encode(digest, 'hex') as key, removed_at as at, to_jsonb(archives) as value from removed_messages`,
    update: `update removed_messages set archives = array(select jsonb_array_elements_text(?::jsonb)) where digest = decode(?, 'hex')`,
  },
];

interface Row {
  key: string;
  at: Date;
  value: unknown;
}

/** Takes persons out of what is recorded of others, of runs and of attempts. */
export async function eraseMentions(db: Knex.Transaction, traces: Traces): Promise<void> {
  for (const { member, rows, update } of places) {
    await rewrite(db, rows, update, ({ value, at }) => traces.without(value, at, member));
  }
  await rewrite(
    db,
    'select id::text as key, ended_at as at, reasons as value from attempts',
    'update attempts set reasons = ?::jsonb where id = ?::bigint',
    ({ value }) =>
      (value as { message: string }[]).map((reason) => ({
        ...reason,
        message: traces.withoutWords(reason.message),
      })),
  );
}

async function rewrite(
  db: Knex.Transaction,
  rows: string,
  update: string,
  change: (row: Row) => unknown,
): Promise<void> {
  for await (const batch of readCursor<Row>(db, rows)) {
    for (const row of batch) {
      const value = change(row);
      if (!isDeepStrictEqual(value, row.value)) await run(db, update, [JSON.stringify(value), row.key]);
    }
  }
}
