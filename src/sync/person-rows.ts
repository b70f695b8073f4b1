import type { Knex } from 'knex';
import { keyOf } from '../core/names.ts';
import type { Action, ArchiveChange, Identity, UserState } from '../core/plan.ts';
import { all, one } from '../database/query.ts';

/** What a user was before or after; after a change to an archive by hand, the archive. */
export type Side = UserState | ({ name: string } & Record<string, unknown>);

export const isUser = (side: Side | null): side is UserState => side !== null && 'userName' in side;

/** Something that happened to a person. */
export interface PersonEvent {
  at: Date;
  /** The number of the run; null for a change by hand. */
  run: number | null;
  actor: string;
  command: string;
  /** `archive` is a change by hand of who owns or may read an archive; then both sides are archives. */
  action: Action | 'gone' | 'back' | 'archive';
  before: Side | null;
  after: Side | null;
  identity: Identity | null;
  archive: ArchiveChange | null;
}

/** An event with the number of its user. Runs before migration 0005 recorded none. */
export type PersonRow = PersonEvent & { userId: string | null; userName: string };

export interface StoredPerson {
  id: string;
  userName: string;
}

/** Every name that is or was a user's. */
const allNames = `
  select user_name as name from users
  union select user_name from run_changes
  union select after ->> 'userName' from run_changes where action = 'rename'
  union select before ->> 'userName' from manual_changes
  union select after ->> 'userName' from manual_changes`;

/** The names on record that are equal to this one. Their keys are compared here, because Postgres computes others. */
export async function spellingsOf(db: Knex, name: string): Promise<string[]> {
  const key = keyOf(name);
  const rows = await all<{ name: string }>(
    db,
    `select name from (${allNames}) names where name ~ '[^\\x01-\\x7f]' or lower(name collate "C") = ?`,
    [key],
  );
  return rows.map((row) => row.name).filter((other) => keyOf(other) === key);
}

/** The numbers of all users who have or had one of these names. */
export async function idsOf(db: Knex, names: string[]): Promise<string[]> {
  const rows = await all<{ id: string }>(
    db,
    `select id from users where user_name = any (?)
     union select user_id from run_changes
       where user_id is not null and (user_name = any (?) or after ->> 'userName' = any (?))
     union select user_id from manual_changes
       where user_id is not null and (before ->> 'userName' = any (?) or after ->> 'userName' = any (?))`,
    [names, names, names, names, names],
  );
  return rows.map(({ id }) => id);
}

/** Those of the users who are still stored. */
export const storedAmong = (db: Knex, ids: string[]): Promise<StoredPerson[]> =>
  all(db, 'select id, user_name as "userName" from users where id = any (?::bigint[])', [ids]);

const inRun = `runs.committed_at as at, runs.id::float8 as run, runs.actor, case
  when runs.undoes is not null then 'undo now' when runs.plan is not null then 'plan apply' else 'sync now' end as command`;

const changes = `
  select ${inRun}, action, user_id as "userId", user_name as "userName", before, after, identity, archive
  from run_changes join runs on runs.id = run_id`;

/** All that happened to these users, in no order. */
export async function rowsOf(db: Knex, ids: string[]): Promise<PersonRow[]> {
  const by = (sql: string) => all<PersonRow>(db, sql, [ids]);
  return [
    ...(await by(`${changes} where user_id = any (?::bigint[]) order by run_id, position`)),
    ...(await by(presence)),
    ...(await by(`${byHand} where user_id = any (?::bigint[])`)),
  ];
}

/**
 * Who was marked as gone or back. A run also remembers users who were gone and could not be told; after them they are as
 * gone as before, and nothing has happened.
 */
const presence = `
  select ${inRun}, case when was is null then 'gone' else 'back' end as action, "userId", '' as "userName",
    null as before, null as after, null as identity, null as archive
  from (
    select run_id, run_users.user_id as "userId", run_users.gone_since as was, case
      when lead(run_id) over next is null then users.gone_since else lead(run_users.gone_since) over next
    end as becomes
    from run_users left join users on users.id = user_id
    where user_id = any (?::bigint[])
    window next as (partition by run_users.user_id order by run_id)
  ) seen join runs on runs.id = run_id
  where (was is null or becomes is null) and not exists (
    select from run_changes where run_changes.run_id = seen.run_id and user_id = "userId" and action = 'delete')`;

const byHand = `
  select made_at as at, null as run, actor, command, user_id as "userId", '' as "userName", before, after, case
      when coalesce(before, after) \\? 'name' then 'archive'
      when before is null then 'create' when after is null then 'delete'
      when before ->> 'userName' <> after ->> 'userName' then 'rename' else 'update'
    end as action, null as identity, null as archive
  from manual_changes`;

/** Changes by hand of archives without an owner that were a user's, by the name of that user. */
export const rowsOfFormerArchives = (db: Knex, names: string[]): Promise<PersonRow[]> =>
  all(db, `${byHand} where before -> 'lastOwner' ->> 'userName' = any (?) order by id`, [names]);

export const hasRowsWithoutId = async (db: Knex): Promise<boolean> =>
  (
    await one<{ found: boolean }>(
      db,
      'select exists (select from run_changes where user_id is null) as found',
    )
  ).found;

/** What happened to users with these names in runs that did not record their number, in order. */
export const rowsWithoutId = (db: Knex, names: string[]): Promise<PersonRow[]> =>
  all(
    db,
    `${changes} where user_id is null and (user_name = any (?) or after ->> 'userName' = any (?))
     order by run_id, position`,
    [names, names],
  );
