import type { Knex } from 'knex';
import type { RunRecord } from '../core/plan.ts';
import { one } from '../database/query.ts';
import { addHistoryKey, dropHistoryKey } from '../database/schema/secondary.ts';
import { nameOf, type Actor } from '../database/store.ts';
import { isChange } from './plan-rows.ts';
import { plannedChanges } from './read-plan.ts';

/** What the history stores about a run. */
export interface NewRun extends Omit<RunRecord, 'id' | 'committedAt' | 'actor' | 'untold'> {
  actor: Actor;
  /** Whether it is the first to synchronize with its listing. */
  isListing: boolean;
  /** Of the directory; null if it is not known. */
  certificateExpiresAt: Date | null;
}

/**
 * Adds the run and its changes to the history, in the transaction that makes them and before it does. Newcomers have no
 * number until they are stored; `completeRecord` adds them.
 *
 * @returns the number of the run
 */
export async function recordRun(db: Knex.Transaction, run: NewRun): Promise<number> {
  const { startedAt, actor, directory, version, options, counts, plan, undoes } = run;
  const { id } = await one<{ id: string }>(
    db,
    `insert into runs (started_at, actor, directory, version, options, counts, plan, undoes,
       certificate_expires_at, listing)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, case when ?::boolean then (select coalesce(max(listing), 0) + 1 from runs) end)
     returning id`,
    [
      ...[startedAt, nameOf(actor), directory, version, JSON.stringify(options), JSON.stringify(counts)],
      ...[plan, undoes, run.certificateExpiresAt, run.isListing],
    ] as Knex.RawBinding[],
  );
  await insertChanges(db, Number(id), 'planned.user_id', 'where planned.user_id is not null');
  await remember(db, Number(id), undoes !== null);
  return Number(id);
}

/** Completes the record once the run has made its changes: who is gone now, how archives were left, and the newcomers. */
export async function completeRecord(db: Knex.Transaction, run: number, newcomers: number): Promise<void> {
  await db.raw(`
    update run_users set left_since = users.gone_since, left_listing = users.gone_listing
    from users where run_id = ${run} and users.id = user_id;
    update run_archives set left_name = a.name, left_owner_id = a.owner_id, left_last_owner = a.last_owner,
      left_messages = (select count(*) from archive_messages where archive_messages.archive_id = a.id)
    from archives a where run_id = ${run} and a.id = run_archives.archive_id`);
  if (newcomers > 0) await recordNewcomers(db, run);
}

async function recordNewcomers(db: Knex.Transaction, run: number): Promise<void> {
  const { first } = await one<{ first: boolean }>(db, 'select not exists (select from run_changes) as first');
  const dropped = first && (await dropHistoryKey(db));
  await insertChanges(db, run, 'users.id', 'join users using (name_key) where planned.user_id is null');
  if (dropped) await addHistoryKey(db);
}

async function insertChanges(
  db: Knex.Transaction,
  run: number,
  userId: string,
  which: string,
): Promise<void> {
  await db.raw(
    `insert into run_changes (run_id, position, action, user_name, user_id, archive_id, before, after, identity, archive)
     select ?::bigint, position, action, shown_name, ${userId}, archive_id, before, after, identity, archive
     from (${plannedChanges('jsonb')}) planned ${which}
       and ${isChange}`,
    [run],
  );
}

/** Records what the run is about to destroy, so that it can be taken back. In one round trip, because most runs destroy nothing. */
async function remember(db: Knex.Transaction, run: number, restores: boolean): Promise<void> {
  const ofUndo = (more: string) => (restores ? more : '');
  await db.raw(`
    insert into run_users (run_id, user_id, gone_since, gone_listing, created_at)
    select ${run}, id, gone_since, gone_listing, created_at from users
    where id in (
      select user_id from pg_temp.plan where action = 'delete' union select user_id from pg_temp.presence
      ${ofUndo('union select user_id from pg_temp.restored_user')}
    );
    insert into run_archives (run_id, archive_id, name, name_key, owner_id, last_owner, created_at)
    select ${run}, id, name, name_key, owner_id, last_owner, created_at from archives
    where id in (select archive_id from pg_temp.plan ${ofUndo('union select id from pg_temp.restored_archive')})
      or owner_id in (select user_id from pg_temp.plan where action in ('rename', 'delete'));
    ${ofUndo(`
    insert into run_archives (run_id, archive_id, name_key)
    select ${run}, id, name_key from pg_temp.restored_archive r
    where owner_id is null and not exists (select from archives where archives.id = r.id);`)}
    insert into run_access
    select ${run}, archive_id, user_id, privileges, owner_id, last_owner
    from archive_access join archives on archives.id = archive_id
    where user_id in (select user_id from pg_temp.plan where action = 'delete')
      or archive_id in (
        select archive_id from pg_temp.plan where archive_outcome in ('takenOver', 'deleted')
        ${ofUndo('union select id from pg_temp.restored_archive')})`);
}
