import type { Knex } from 'knex';

/** What was removed by hand, so that an import does not bring it back. */
export const name = '0004-removed-messages';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    create table removed_messages (
      digest bytea primary key,
      archives text[] not null,
      removed_at timestamptz not null default now(),
      removed_by text not null
    );
    comment on table removed_messages is 'messages that were removed by hand; an import leaves them out';
    comment on column removed_messages.digest is 'SHA-256 of the message';
    comment on column removed_messages.archives is 'the names of the archives that it was in';
  `);
}
