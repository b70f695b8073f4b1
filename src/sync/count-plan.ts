import type { Knex } from 'knex';
import type { Census } from '../core/census.ts';
import type { Load } from '../core/limits.ts';
import { planOrder, type Counts } from '../core/plan.ts';
import { one } from '../database/query.ts';

/**
 * Counts the plan, for the reports and for the limits.
 *
 * @param unstaged the number of entries that are not staged
 */
export async function countPlan(
  db: Knex.Transaction,
  census: Pick<Census, 'directory' | 'outOfScope' | 'missing'>,
  unstaged: number,
): Promise<{ counts: Counts; load: Load }> {
  const sorts = planOrder.filter((sort) => sort !== 'doubt');
  const n = numbersOf(
    await one<Record<string, string>>(
      db,
      `select planned.*, listed.*, stored.*
       from (
         select ${sorts.map((sort) => `count(*) filter (where action = '${sort}') as "${sort}"`).join(', ')},
           ${sorts.map((sort) => `count(*) filter (where action = '${sort}' and identity in ('same', 'new')) as "${sort} answered"`).join(', ')},
           count(*) filter (where action = 'nameTaken' and user_id is null) as "not created"
         from pg_temp.plan
       ) planned,
       (
         select count(*) filter (where scope = 'skipped') as skipped, count(*) filter (where scope = 'in') as listed
         from pg_temp.stage
       ) listed,
       (
         select count(*) as stored, (select count(*) from pg_temp.doubt) as doubts,
           -- Whoever was in doubt is found, also when the answer was that it is somebody else.
           (select count(*) from pg_temp.fate where identity is null) as absent
         from users where authentication = 'directoryServices'
       ) stored`,
    ),
  );
  const counts: Counts = {
    directory: census.directory,
    outOfScope: census.outOfScope,
    skipped: n('skipped'),
    stored: n('stored'),
    found: n('stored') - n('absent'),
    unchanged:
      unstaged +
      n('listed') -
      n('create') -
      n('rename') -
      n('update') -
      n('doubts') -
      n('integrated') -
      n('not created'),
    created: n('create'),
    renamed: n('rename'),
    updated: n('update'),
    deleted: n('delete'),
    doubts: n('doubts'),
    nameTaken: n('nameTaken'),
    integrated: n('integrated'),
    admin: n('admin'),
    gone: n('gone'),
    goneCounting: n('goneCounting'),
    held: n('held'),
    unsure: n('unsure'),
    laterChange: n('laterChange'),
  };
  const guarded = (action: string) => n(action) - n(`${action} answered`);
  return {
    counts,
    load: {
      stored: counts.stored,
      found: counts.found,
      deletions: guarded('delete'),
      updates: guarded('update'),
      renames: guarded('rename'),
      creations: guarded('create'),
      missing: census.missing,
    },
  };
}

const numbersOf = (row: Record<string, string>) => (name: string) => Number(row[name]);
