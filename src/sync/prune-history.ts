import type { Knex } from 'knex';
import { one, run } from '../database/query.ts';

/** What pruning removes, or would remove, and how many runs stay. */
export interface Pruned {
  runs: number;
  attempts: number;
  kept: number;
}

const withoutChanges = ['run_changes', 'run_users', 'run_archives', 'run_access']
  .map((table) => `not exists (select from ${table} where run_id = runs.id)`)
  .join(' and ');

/**
 * Runs without changes that are old, except for the last one of each day. The newest run stays, because others recognize by
 * its number that nobody was faster; so does the one with the highest number of a listing, from which the next one is counted.
 */
const superfluous = `
  select id from (
    select id, row_number() over (partition by (committed_at at time zone 'UTC')::date order by id desc) as nth
    from runs where committed_at < now() - make_interval(secs => ?) and ${withoutChanges}
  ) quiet
  where nth > 1 and id < (select max(id) from runs)
    and id not in (select id from runs where listing = (select max(listing) from runs))`;

const oldAttempts = 'from attempts where ended_at < now() - make_interval(secs => ?)';

/**
 * Thins the runs without changes to one a day, and removes old attempts.
 *
 * @param keep the age, in milliseconds, up to which everything stays
 */
export async function pruneHistory(db: Knex.Transaction, keep: number, commit: boolean): Promise<Pruned> {
  const seconds = keep / 1_000;
  const { kept } = await one<{ kept: number }>(db, 'select count(*)::float8 as kept from runs');
  const count = async (rows: string) =>
    (await one<{ n: number }>(db, `select count(*)::float8 as n ${rows}`, [seconds])).n;
  const [runs, attempts] = commit
    ? [
        await run(db, `delete from runs where id in (${superfluous})`, [seconds]),
        await run(db, `delete ${oldAttempts}`, [seconds]),
      ]
    : [await count(`from (${superfluous}) superfluous`), await count(oldAttempts)];
  return { runs, attempts, kept: kept - runs };
}
