import type { Knex } from 'knex';
import { keyOf } from '../core/names.ts';
import type { UserState } from '../core/plan.ts';
import { all, run } from '../database/query.ts';
import { nameOf, type Actor } from '../database/store.ts';
import { findArchive, type Archive } from './archives.ts';
import type { Authentication } from './users.ts';

/** Who typed a command, and its words without names and values: `users rename`. */
export interface ByHand {
  actor: Actor;
  command: string;
}

/** A user as the history stores them before and after a change by hand. */
export interface ManualUserState extends UserState {
  authentication: Authentication;
  /** What they may do with archives, by the name of the archive. */
  access: Record<string, string[]>;
}

/** An archive as the history stores it before and after a change by hand. */
export type ManualArchiveState = Omit<Archive, 'id'>;

/**
 * Changes a user, and records that in the history, in the same transaction.
 *
 * @param userName their name before the change; for a new user, their name
 */
export async function recordUser<T>(
  db: Knex.Transaction,
  by: ByHand,
  userName: string,
  change: () => Promise<T>,
): Promise<T> {
  const before = await stateWhere(db, 'name_key = ?', keyOf(userName));
  const result = await change();
  const after = before
    ? await stateWhere(db, 'users.id = ?', before.id)
    : await stateWhere(db, 'name_key = ?', keyOf(userName));
  await insert(db, by, [before?.id ?? after?.id ?? null], before?.state ?? null, after?.state ?? null);
  return result;
}

/**
 * Changes who owns or may read an archive, and records that for its owner and for every user who gains or loses
 * something; for nobody where there is none.
 *
 * @param userName the user named in the command, if there is one
 * @param nameAfter the archive that holds the mail afterwards; null if there is none
 */
export async function recordArchive<T>(
  db: Knex.Transaction,
  by: ByHand,
  [name, userName]: [name: string, userName?: string],
  change: () => Promise<T>,
  nameAfter: (result: T) => string | null,
): Promise<T> {
  const before = await archiveState(db, name);
  const result = await change();
  const left = nameAfter(result);
  const after = left === null ? null : await archiveState(db, left);
  const readers = [...Object.keys(before.access), ...Object.keys(after?.access ?? {})].filter(
    (reader) => String(before.access[reader]) !== String(after?.access[reader]),
  );
  const named = [userName, before.owner, after?.owner, ...readers].filter((one) => typeof one === 'string');
  const rows = await all<{ id: string }>(db, 'select id from users where name_key = any (?) order by id', [
    named.map(keyOf),
  ]);
  const ids = rows.map(({ id }) => id);
  await insert(db, by, ids.length === 0 ? [null] : ids, before, after);
  return result;
}

async function stateWhere(
  db: Knex.Transaction,
  condition: string,
  value: string,
): Promise<{ id: string; state: ManualUserState } | undefined> {
  const [found] = await all<{ id: string; state: ManualUserState }>(
    db,
    `select id, jsonb_build_object(
       'userName', user_name, 'fullName', full_name, 'distinguishedName', distinguished_name,
       'emailAddresses', email_addresses, 'privileges', privileges, 'authentication', authentication,
       'archive', (select name from archives where owner_id = users.id),
       'access', (select coalesce(jsonb_object_agg(name, archive_access.privileges), '{}')
                  from archive_access join archives on archives.id = archive_id where user_id = users.id)) as state
     from users where ${condition}`,
    [value],
  );
  return found;
}

async function archiveState(db: Knex.Transaction, name: string): Promise<ManualArchiveState> {
  return withoutId(await findArchive(db, name));
}

const withoutId = ({ id: _, ...state }: Archive): ManualArchiveState => state;

async function insert(
  db: Knex.Transaction,
  { actor, command }: ByHand,
  ids: (string | null)[],
  before: object | null,
  after: object | null,
): Promise<void> {
  await run(
    db,
    `insert into manual_changes (made_at, actor, command, user_id, before, after)
     select (select clock_timestamp()), ?, ?, id, ?, ? from unnest(?::bigint[]) id order by id`,
    [nameOf(actor), command, json(before), json(after), ids],
  );
}

const json = (state: object | null) => (state === null ? null : JSON.stringify(state));
