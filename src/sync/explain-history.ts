import type { Knex } from 'knex';
import type { PastChange } from '../core/explained.ts';
import { all } from '../database/query.ts';

const most = 10;

/** The last changes of the users who had one of these names, by name; the latest first. */
export async function findHistory(
  db: Knex.Transaction,
  names: string[],
): Promise<(ofThese: string[]) => PastChange[]> {
  const rows = await all<PastChange & { name: string; position: number }>(
    db,
    `with past as materialized (
       select run_id, position, action, user_name, after ->> 'userName' as new_name from run_changes
       where user_name = any (?::text[]) or after ->> 'userName' = any (?::text[])
     ),
     ranked as (
       select past.*, name, row_number() over (partition by name order by run_id desc, position desc) as nth
       from past join unnest(?::text[]) as name on name in (user_name, new_name)
     )
     select name, run_id::float8 as run, position, committed_at as at, action, user_name as "userName",
       case action when 'rename' then new_name end as "newName"
     from ranked join runs on runs.id = run_id where nth <= ${most} order by run_id desc, position desc`,
    [names, names, names],
  );
  return (ofThese) => {
    const theirs = rows.filter(({ name }) => ofThese.includes(name));
    // A rename is found by both of its names.
    const unique = new Map(theirs.map((row) => [`${row.run} ${row.position}`, row]));
    return [...unique.values()].slice(0, most).map(({ name: _, position: __, ...change }) => change);
  };
}
