import type { Knex } from 'knex';

/** What tells after a lost connection whether a transaction was committed. */
export const name = '0003-commits';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    create table commits (
      token uuid primary key,
      made_at timestamptz not null default now()
    );
    comment on table commits is
      'a row of every transaction that writes, kept for a day: if it is there, the transaction was committed';
  `);
}
