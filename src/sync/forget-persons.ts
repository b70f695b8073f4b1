import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { keyOf } from '../core/names.ts';
import type { Profile } from '../core/plan.ts';
import { shellWord, visible } from '../core/printable.ts';
import { all, run } from '../database/query.ts';
import { eraseMentions } from './forget-mentions.ts';
import { findPersons, isSameProfile, lastState, nobodyNamed, type Person } from './persons.ts';
import { forgotten, Traces } from './traces.ts';

/** What was taken out of the history and memory. */
export interface Forgotten {
  persons: number;
  /** Changes of runs, and changes by hand. */
  changes: number;
  byHand: number;
  /** Archives that keep their mail and a name that tells whose it was. */
  archives: string[];
  /** Somebody else who has or had the name and is stored: their name today; null if there is nobody. */
  stored: string | null;
}

/**
 * Takes everybody who had a name and is no longer stored out of the history and memory. It still tells that there was
 * somebody, and when they were deleted. Whoever is stored loses nothing.
 *
 * @throws RollcallError when nobody who had the name can be forgotten
 */
export async function forgetPersons(db: Knex.Transaction, name: string): Promise<Forgotten> {
  const persons = await findPersons(db, name);
  const gone = persons.filter(({ storedAs }) => storedAs === null);
  const owners = await lastOwnersAmong(db, name, gone);
  const stored = persons.find(({ storedAs }) => storedAs !== null)?.storedAs ?? null;
  if (gone.length === 0 && owners.length === 0) throw cannotForget(name, stored);

  const profiles = owners.map(({ owner }) => owner);
  const taken = await takenNames(db, [...gone.flatMap(({ names }) => names), ...profiles.map(nameOf)]);
  const traces = new Traces(gone, profiles, taken);
  const changes = await eraseChanges(db, gone);
  const byHand = await run(
    db,
    'update manual_changes set before = null, after = null where user_id = any (?::bigint[])',
    [idsOfAll(gone)],
  );
  await eraseMemory(db, gone, traces);
  await run(db, 'update archives set last_owner = null where id = any (?::bigint[])', [
    owners.map(({ id }) => id),
  ]);
  await eraseMentions(db, traces);
  const archives = await all<{ name: string }>(
    db,
    'select name from archives where owner_id is null order by name_key',
  );
  return {
    ...{ persons: Math.max(gone.length, 1), changes, byHand, stored },
    archives: archives.map(nameOf).filter((archive) => traces.means(archive, new Date())),
  };
}

const nameOf = (one: { name: string } | { userName: string }) => ('name' in one ? one.name : one.userName);

const idsOfAll = (persons: Person[]) => persons.map(({ id }) => id).filter((id) => id !== null);

function cannotForget(name: string, stored: string | null): RollcallError {
  if (stored === null) return nobodyNamed(name);
  return new RollcallError(
    'failed',
    `${visible(stored)} is still stored; remove them first: rollcall users remove ${shellWord(stored)}`,
  );
}

/** Archives whose last owner had the name, or is one of those who go. */
async function lastOwnersAmong(
  db: Knex,
  name: string,
  gone: Person[],
): Promise<{ id: string; owner: Profile }[]> {
  const key = keyOf(name);
  const found = await all<{ id: string; owner: Profile }>(
    db,
    'select id, last_owner as owner from archives where last_owner is not null',
  );
  const last = gone.map(lastState).filter((state) => state !== null);
  return found.filter(
    ({ owner }) => keyOf(owner.userName) === key || last.some((state) => isSameProfile(state, owner)),
  );
}

/** The keys of those of the names that stored users have. */
async function takenNames(db: Knex, names: string[]): Promise<Set<string>> {
  const rows = await all<{ key: string }>(db, 'select name_key as key from users where name_key = any (?)', [
    names.map(keyOf),
  ]);
  return new Set(rows.map(({ key }) => key));
}

/** What a run did to them stays, without what they were. Earlier runs recorded no number, so their names find the rows. */
async function eraseChanges(db: Knex, gone: Person[]): Promise<number> {
  const erase = `update run_changes set user_name = '${forgotten}', before = null, after = null, archive = null`;
  const numbered = await run(db, `${erase} where user_id = any (?::bigint[])`, [idsOfAll(gone)]);
  const events = gone.flatMap((person) => person.events).filter((event) => event.run !== null);
  const earlier = await run(
    db,
    `${erase} from unnest(?::bigint[], ?::text[], ?::text[]) as event (run, what, name)
     where run_id = event.run and action = event.what and user_name = event.name and user_id is null`,
    [
      events.map((event) => event.run),
      events.map(({ action }) => action),
      events.map(({ before, after }) => ((before ?? after) as Profile | null)?.userName ?? ''),
    ],
  );
  return numbered + earlier;
}

/** What runs kept in order to be taken back. */
async function eraseMemory(db: Knex, gone: Person[], traces: Traces): Promise<void> {
  const ids = idsOfAll(gone);
  const found = await all<{ run: string; archive: string; owner: string | null; name: string; at: Date }>(
    db,
    `select run_id as run, archive_id as archive, owner_id as owner, committed_at as at,
       coalesce(last_owner ->> 'userName', name) as name
     from run_archives join runs on runs.id = run_id`,
  );
  const theirs = found.filter(
    ({ owner, name, at }) =>
      (owner !== null && ids.includes(owner)) || (owner === null && traces.means(name, at)),
  );
  const rows = [theirs.map((row) => row.run), theirs.map(({ archive }) => archive)];
  for (const table of ['run_archives', 'run_access']) {
    const these = `(run_id, archive_id) in (select * from unnest(?::bigint[], ?::bigint[]))`;
    await run(db, `delete from ${table} where ${these}`, rows);
  }
  for (const table of ['run_users', 'run_access']) {
    await run(db, `delete from ${table} where user_id = any (?::bigint[])`, [ids]);
  }
}
