import type { Knex } from 'knex';
import type { PastChange } from '../core/explained.ts';
import { all } from '../database/query.ts';

const most = 10;

/** Whose history is asked for: a stored user by their number, so that renames are followed; everybody else by names. */
export interface Whose {
  id: string | null;
  names: string[];
}

type Row = PastChange & { position: number; userId: string | null; oldName: string };

/** The last changes of each of these persons, the latest first. */
export async function findHistory(
  db: Knex.Transaction,
  persons: Whose[],
): Promise<(person: Whose) => PastChange[]> {
  const names = [...new Set(persons.flatMap((person) => person.names))];
  const ids = persons.flatMap(({ id }) => id ?? []);
  const rows = await all<Row>(
    db,
    `with past as materialized (
       select run_id, position, action, user_id, user_name, after ->> 'userName' as new_name from run_changes
       where user_id = any (?::bigint[]) or user_name = any (?::text[]) or after ->> 'userName' = any (?::text[])
     ),
     -- The number and each of the names, because a change before migration 0005 has only names.
     ranked as (
       select past.*, row_number() over (partition by whose order by run_id desc, position desc) as nth
       from past cross join lateral (
         select distinct whose from unnest(array[user_id::text, 'name ' || user_name, 'name ' || new_name]) as whose
         where whose is not null
       ) persons
     )
     select distinct run_id::float8 as run, position, committed_at as at, action, user_id::text as "userId",
       user_name as "oldName", user_name as "userName", case action when 'rename' then new_name end as "newName"
     from ranked join runs on runs.id = run_id where nth <= ${most} order by run desc, position desc`,
    [ids, names, names],
  );
  const isTheirs = ({ id, names: theirs }: Whose, { userId, oldName, newName }: Row) =>
    id !== null && userId !== null
      ? userId === id
      : theirs.includes(oldName) || (newName !== null && theirs.includes(newName));
  return (person) =>
    rows
      .filter((row) => isTheirs(person, row))
      .slice(0, most)
      .map(({ position: _, userId: __, oldName: ___, ...change }) => change);
}
