import type { Knex } from 'knex';
import { codeOf, lockTimeout } from '../failure.ts';

/**
 * Constraints and indexes that are dropped while an empty database is filled: building them once over all rows costs a
 * fraction of maintaining them row by row.
 */
const secondary = [
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
] as const;

const indexes = [
  ['users_addresses', 'users using gin (address_keys)'],
  ['users_gone', 'users (id) where gone_since is not null'],
  ['archive_access_user', 'archive_access (user_id)'],
] as const;

export async function addSecondary(db: Knex): Promise<void> {
  for (const [index, definition] of indexes) await db.raw(`create index ${index} on ${definition}`);
  for (const [table, constraint, definition] of secondary) {
    await db.raw(`alter table ${table} add constraint ${constraint} ${definition}`);
  }
}

/** @returns false, with nothing dropped, while others are reading the tables: they would have to be waited for */
export async function dropSecondary(db: Knex.Transaction): Promise<boolean> {
  try {
    await db.transaction((inner) =>
      inner.raw('lock table users, archives, archive_access in access exclusive mode nowait'),
    );
  } catch (error) {
    if (codeOf(error) === lockTimeout) return false;
    throw error;
  }
  for (const [table, constraint] of secondary.toReversed()) {
    await db.raw(`alter table ${table} drop constraint ${constraint}`);
  }
  for (const [index] of indexes) await db.raw(`drop index ${index}`);
  return true;
}
