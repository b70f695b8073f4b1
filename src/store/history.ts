import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import {
  planOrder,
  sizesOf,
  type Action,
  type Change,
  type Counts,
  type NoticeKind,
  type PlanItem,
} from '../core/plan.ts';
import { readCursor } from './cursor.ts';
import { all, one } from './transaction.ts';
import type { Actor } from './store.ts';

/** A committed run. */
export interface RunRecord {
  id: number;
  startedAt: Date;
  committedAt: Date;
  /** `user@host` */
  actor: string;
  directory: string;
  version: string;
  options: unknown;
  counts: Counts;
}

/** The members of a user that the history and the reports show; the keys are those of `UserState`. */
const state = (row: string, privileges: string) => `json_build_object(
  'userName', ${row}.user_name, 'fullName', ${row}.full_name, 'distinguishedName', ${row}.distinguished_name,
  'emailAddresses', ${row}.email_addresses, 'privileges', ${privileges})`;

/** The plan of this transaction with its words. It has to be read before it is applied: then `before` is gone. */
const planned = `
  select position, action, coalesce(u.user_name, s.user_name) as user_name, note,
    case when action = 'conflict' and u.authentication = 'directoryServices'
      then 'is now ' || s.user_name || '; ' || message else message end as message,
    case when action in ('rename', 'update', 'delete') then ${state('u', 'u.privileges')} end as before,
    case when action in ('create', 'rename', 'update')
      then ${state('s', 'coalesce(u.privileges, setting.privileges)')} end as after
  from pg_temp.plan cross join pg_temp.setting
  left join users u on u.id = plan.user_id
  left join pg_temp.stage s on s.number = plan.entry`;

/** The number of the last committed run; 0 when there is none. */
export async function lastRun(db: Knex): Promise<number> {
  const { last } = await one<{ last: string }>(db, 'select coalesce(max(id), 0) as last from runs');
  return Number(last);
}

/**
 * Writes the run and its changes into the history, in the transaction that makes them.
 *
 * @returns the number of the run
 */
export async function recordRun(
  db: Knex.Transaction,
  run: { actor: Actor; directory: string; version: string; options: unknown; counts: Counts },
): Promise<number> {
  const { actor, directory, version, options, counts } = run;
  const { id } = await one<{ id: string }>(
    db,
    `insert into runs (started_at, actor, directory, version, options, counts)
     values (?, ?, ?, ?, ?::jsonb, ?::jsonb) returning id`,
    [
      actor.since,
      `${actor.user}@${actor.host}`,
      directory,
      version,
      JSON.stringify(options),
      JSON.stringify(counts),
    ],
  );
  await db.raw(
    `insert into run_changes (run_id, position, action, user_name, before, after, note)
     select ?::bigint, position, action, user_name, before, after, note from (${planned}) planned
     where action in ('create', 'rename', 'update', 'delete')`,
    [id],
  );
  return Number(id);
}

/** The committed runs, latest first. */
export async function listRuns(db: Knex, limit: number): Promise<RunRecord[]> {
  return (await all<RunRow>(db, 'select * from runs order by id desc limit ?', [limit])).map(toRecord);
}

/** @throws RollcallError when there is no such run */
export async function findRun(db: Knex, id: number): Promise<RunRecord> {
  const [row] = await all<RunRow>(db, 'select * from runs where id = ?', [id]);
  if (!row) throw new RollcallError('failed', `there is no run ${id}; "rollcall history" lists them`);
  return toRecord(row);
}

interface RunRow {
  id: string;
  started_at: Date;
  committed_at: Date;
  actor: string;
  directory: string;
  version: string;
  options: unknown;
  counts: Counts;
}

const toRecord = ({ id, started_at, committed_at, ...rest }: RunRow): RunRecord => ({
  id: Number(id),
  startedAt: started_at,
  committedAt: committed_at,
  ...rest,
});

interface ItemRow {
  action: Action | NoticeKind | 'skip';
  user_name: string | null;
  before: Change['before'];
  after: Change['after'];
  note: Change['note'];
  message: string | null;
  number: number | null;
}

/**
 * What the plan of this transaction says, in its order; then the skipped entries in theirs.
 *
 * @param most how many items of each sort are read; all of them when null
 */
export async function* readPlan(
  db: Knex.Transaction,
  counts: Counts,
  most: number | null,
): AsyncGenerator<PlanItem> {
  yield* readItems(
    db,
    `select action, user_name, before, after, note, message, null::integer as number from (${planned}) planned
     where ${firstOfEach(counts, most)} order by position`,
  );
  yield* readItems(
    db,
    `select 'skip' as action, user_name, null as before, null as after, null as note, reason as message, number
     from pg_temp.stage where reason is not null order by number ${most === null ? '' : `limit ${most}`}`,
  );
}

/** The items of one sort stand together, so that the first of each are found by their position. */
function firstOfEach(counts: Counts, most: number | null): string {
  if (most === null) return 'true';
  const sizes = sizesOf(counts);
  let start = 0;
  const ranges = planOrder.map((sort) => {
    const range = `position > ${start} and position <= ${start + Math.min(most, sizes[sort])}`;
    start += sizes[sort];
    return range;
  });
  return ranges.join(' or ');
}

/** All changes of a committed run, in the order of its plan. */
export async function* readChanges(db: Knex.Transaction, run: number): AsyncGenerator<PlanItem> {
  // An identifier of ours, and no bindings in a cursor.
  yield* readItems(
    db,
    `select action, user_name, before, after, note, null as message, null as number from run_changes
     where run_id = ${run} order by position`,
  );
}

async function* readItems(db: Knex.Transaction, query: string): AsyncGenerator<PlanItem> {
  for await (const rows of readCursor<ItemRow>(db, query)) yield* rows.map(toItem);
}

function toItem({ action, user_name, before, after, note, message, number }: ItemRow): PlanItem {
  switch (action) {
    case 'skip':
      return { type: 'skipped', number: number ?? 0, userName: user_name, reason: message ?? '' };
    case 'conflict':
    case 'kept':
    case 'protected':
      return { type: 'notice', kind: action, userName: user_name ?? '', message: message ?? '' };
    default:
      return { type: 'change', action, userName: user_name ?? '', before, after, note };
  }
}
