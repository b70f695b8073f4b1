import type { Knex } from 'knex';
import { codeOf, lockTimeout } from '../failure.ts';
import { one } from '../query.ts';

/**
 * Keys that are dropped while an empty database is filled: building them once over all rows costs a fraction of
 * maintaining them row by row. Each comes after those it depends on.
 */
const keys = [
  ['users', 'users_pkey', 'primary key (id)'],
  ['archives', 'archives_pkey', 'primary key (id)'],
  ['archive_access', 'archive_access_pkey', 'primary key (archive_id, user_id)'],
  // Deferrable, so that one statement can swap names.
  ['users', 'users_name', 'unique (name_key) deferrable'],
  ['archives', 'archives_name', 'unique (name_key) deferrable'],
  ['archives', 'archives_owner', 'unique (owner_id)'],
  ['archives', 'archives_owner_exists', 'foreign key (owner_id) references users on delete set null'],
  [
    'archive_access',
    'access_archive_exists',
    'foreign key (archive_id) references archives on delete cascade',
  ],
  ['archive_access', 'access_user_exists', 'foreign key (user_id) references users on delete cascade'],
  ['archive_messages', 'archive_messages_archive_id_fkey', 'foreign key (archive_id) references archives'],
] as const;

const indexes = [
  ['users_addresses', 'users using gin (address_keys)'],
  ['archive_access_user', 'archive_access (user_id)'],
] as const;

export async function addSecondary(db: Knex.Transaction): Promise<void> {
  for (const [index, definition] of indexes) await db.raw(`create index ${index} on ${definition}`);
  for (const [table, key, definition] of keys) {
    await db.raw(`alter table ${table} add constraint ${key} ${definition}`);
  }
}

/** @returns false, with nothing dropped, if there is an obstacle, such as others who are reading the tables */
export function dropSecondary(db: Knex.Transaction): Promise<boolean> {
  return dropOrLeave(db, ['users', 'archives', 'archive_access', 'archive_messages'], async (inner) => {
    for (const [table, key] of keys.toReversed()) {
      await inner.raw(`alter table ${table} drop constraint ${key}`);
    }
    for (const [index] of indexes) await inner.raw(`drop index ${index}`);
  });
}

/** The same for the changes of the first run. */
export function dropHistoryKey(db: Knex.Transaction): Promise<boolean> {
  return dropOrLeave(db, ['run_changes'], async (inner) => {
    await inner.raw('alter table run_changes drop constraint run_changes_pkey');
  });
}

export async function addHistoryKey(db: Knex.Transaction): Promise<void> {
  await db.raw('alter table run_changes add constraint run_changes_pkey primary key (run_id, position)');
}

/**
 * Others use a table; something that is not ours, such as a view, needs a key (2BP01); a key has another name, because
 * that of a table that was renamed had been taken (42704); the role may write, but does not own the tables (42501).
 */
const obstacles = new Set([lockTimeout, '2BP01', '42704', '42501']);

async function dropOrLeave(
  db: Knex.Transaction,
  tables: string[],
  drop: (inner: Knex.Transaction) => Promise<void>,
): Promise<boolean> {
  // Replication and CLUSTER would forget the index without a word.
  const { isMarked } = await one<{ isMarked: boolean }>(
    db,
    `select exists (
       select from pg_index where indrelid = any (?::regclass[]) and (indisreplident or indisclustered)
     ) as "isMarked"`,
    [tables],
  );
  if (isMarked) return false;
  try {
    await db.transaction(async (inner) => {
      await inner.raw(`lock table ${tables.join(', ')} in access exclusive mode nowait`);
      await drop(inner);
    });
    return true;
  } catch (error) {
    if (obstacles.has(codeOf(error) ?? '')) return false;
    throw error;
  }
}
