import type { Knex } from 'knex';
import type { Remark } from '../core/plan.ts';
import { all } from '../database/query.ts';

/** Who may read again what they could read before the run. */
export async function planAccess(db: Knex.Transaction, undone: number): Promise<void> {
  await db.raw(
    `insert into pg_temp.restored_access
     select was.archive_id, was.user_id, privileges from run_access was
     left join archives now on now.id = was.archive_id
     left join pg_temp.restored_archive back on back.id = was.archive_id
     where run_id = ? and (
       was.user_id in (select user_id from pg_temp.plan where action = 'create')
       or back.id is not null)
       -- Whoever got the archive since has not let them read it.
       and (back.id is not null
         or now.owner_id is not distinct from was.owner_id and now.last_owner is not distinct from was.last_owner)`,
    [undone],
  );
  // Access that an undo gave back ends again when the undo is taken back.
  await db.raw(
    `insert into pg_temp.restored_access
     select given.archive_id, given.user_id, null from runs join run_access given on given.run_id = runs.undoes
     where runs.id = ? and given.archive_id in (select id from pg_temp.restored_archive)
       and not exists (
         select from run_access before
         where before.run_id = runs.id and before.archive_id = given.archive_id and before.user_id = given.user_id)`,
    [undone],
  );
}

/** How many are named who may read the archive of somebody else again. */
const mostReaders = 50;

/** Who may read the archive of somebody else again, as a remark: no change of a user tells it. */
export async function findReturningAccess(db: Knex.Transaction): Promise<Remark[]> {
  const readers = await all<{ archive: string; userName: string; count: number }>(
    db,
    `select coalesce(back.name, a.name) as archive, coalesce(plan.user_name, u.user_name) as "userName",
       count(*) over ()::float8 as count
     from pg_temp.restored_access r
     left join archives a on a.id = r.archive_id
     left join pg_temp.restored_archive back on back.id = r.archive_id
     left join users u on u.id = r.user_id
     left join pg_temp.plan on plan.user_id = r.user_id and plan.action in ('create', 'rename')
     where r.privileges is not null and (u.id is not null or plan.user_id is not null)
       and case when back.id is null then a.owner_id else back.owner_id end is distinct from r.user_id
       and not exists (
         select from archive_access x where x.archive_id = r.archive_id and x.user_id = r.user_id)
     order by 1, 2 limit ${mostReaders}`,
  );
  const [first] = readers;
  if (first === undefined) return [];
  const examples = readers.map(({ archive, userName }) => ({ userName, archive }));
  return [{ type: 'remark', reason: 'accessReturns', count: first.count, examples }];
}
