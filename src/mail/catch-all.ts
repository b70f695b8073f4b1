import type { Knex } from 'knex';
import { catchAll } from '../core/names.ts';
import { all, one, run } from '../database/query.ts';
import type { Match } from './matches.ts';

/** A stored message, and where it goes. */
export interface Placed {
  id: string;
  matches: Match[];
}

/** Puts new messages into their archives, and those without any into the catch-all. */
export async function placeMessages(db: Knex.Transaction, placed: readonly Placed[]): Promise<void> {
  // First, because it may lock the table, and links lock its rows: a run that has the other order would deadlock with it.
  const unclaimed = placed.some(({ matches }) => matches.length === 0)
    ? [{ id: await makeCatchAll(db), name: catchAll }]
    : [];
  await link(
    db,
    placed.map(({ id, matches }) => ({ id, matches: matches.length > 0 ? matches : unclaimed })),
  );
}

/** Moves messages out of the catch-all into the archives that they match by now. */
export async function claimMessages(db: Knex.Transaction, placed: readonly Placed[]): Promise<void> {
  const claimed = placed.filter(({ matches }) => matches.length > 0);
  if (claimed.length === 0) return;
  await link(db, claimed);
  await run(
    db,
    `delete from archive_messages where message_id = any (?::bigint[])
       and archive_id = (select id from archives where name_key = ?)`,
    [claimed.map(({ id }) => id), catchAll],
  );
}

async function link(db: Knex.Transaction, placed: readonly Placed[]): Promise<void> {
  // In one order, so that two imports of the same mail cannot deadlock.
  const links = placed.flatMap(({ id, matches }) => matches.map((archive) => ({ id, archive: archive.id })));
  if (links.length === 0) return;
  await run(
    db,
    `insert into archive_messages (archive_id, message_id)
     select * from unnest(?::bigint[], ?::bigint[]) order by 2, 1 on conflict do nothing`,
    [links.map(({ archive }) => archive), links.map(({ id }) => id)],
  );
}

/** The ID of the catch-all archive, which is created when it is first needed. */
async function makeCatchAll(db: Knex): Promise<string> {
  const find = () => all<{ id: string }>(db, 'select id from archives where name_key = ?', [catchAll]);
  const [found] = await find();
  if (found) return found.id;
  // Locked, so that two parallel imports create only one: `on conflict` does not support a deferrable constraint.
  await db.raw('lock table archives in share row exclusive mode');
  const [made] = await find();
  if (made) return made.id;
  const { id } = await one<{ id: string }>(
    db,
    'insert into archives (name, name_key) values (?, ?) returning id',
    [catchAll, catchAll],
  );
  return id;
}
