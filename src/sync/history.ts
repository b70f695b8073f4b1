import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { actions, type Change, type Counts } from '../core/plan.ts';
import { readCursor } from '../store/cursor.ts';
import type { Actor } from '../store/store.ts';
import { all, one } from '../store/transaction.ts';
import { plannedChanges } from './read-plan.ts';

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
    `insert into run_changes (run_id, position, action, user_name, before, after, identity, archive)
     select ?::bigint, position, action, shown_name, before, after, identity, archive from (${plannedChanges}) planned
     where action in (${actions.map((action) => `'${action}'`).join(', ')})`,
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

/** All changes of a committed run, in the order of its plan. */
export async function* readChanges(db: Knex.Transaction, run: number): AsyncGenerator<Change> {
  // An identifier of ours, and no bindings in a cursor.
  const query = `select 'change' as type, action, user_name as "userName", before, after, identity, archive
    from run_changes where run_id = ${run} order by position`;
  for await (const rows of readCursor<Change>(db, query)) yield* rows;
}
