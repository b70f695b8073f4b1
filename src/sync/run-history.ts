import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { actions, changesOf, type Change, type RunRecord } from '../core/plan.ts';
import { readCursor } from '../database/cursor.ts';
import { one } from '../database/query.ts';
import { addHistoryKey, dropHistoryKey } from '../database/schema/secondary.ts';
import type { Actor } from '../database/store.ts';
import { plannedChanges } from './read-plan.ts';

/** What the history stores about a run. */
export interface NewRun extends Omit<RunRecord, 'id' | 'committedAt' | 'actor'> {
  actor: Actor;
}

/** The number of the last committed run; 0 when there is none. Works on the schema of any rollcall version. */
export async function lastRun(db: Knex): Promise<number> {
  const [row] = await db('runs').max<{ last: string | null }[]>('id as last');
  return Number(row?.last ?? 0);
}

/**
 * Adds the run and its changes to the history, in the transaction that makes them.
 *
 * @returns the number of the run
 */
export async function recordRun(
  db: Knex.Transaction,
  { startedAt, actor, directory, version, options, counts }: NewRun,
): Promise<number> {
  const [row] = await db('runs')
    .insert({
      started_at: startedAt,
      actor: `${actor.user}@${actor.host}`,
      directory,
      version,
      options: JSON.stringify(options),
      counts: JSON.stringify(counts),
    })
    .returning<{ id: string }[]>('id');
  const id = Number(row?.id);
  const { first } = await one<{ first: boolean }>(
    db,
    'select not exists (select from run_changes) and not exists (select from users) as first',
  );
  const dropped = first && changesOf(counts) > 0 && (await dropHistoryKey(db));
  await db.raw(
    `insert into run_changes (run_id, position, action, user_name, before, after, identity, archive)
     select ?::bigint, position, action, shown_name, before, after, identity, archive from (${plannedChanges('jsonb')}) planned
     where action in (${actions.map((action) => `'${action}'`).join(', ')})`,
    [id],
  );
  if (dropped) await addHistoryKey(db);
  return id;
}

/** The committed runs, latest first. */
export async function listRuns(db: Knex, limit: number): Promise<RunRecord[]> {
  return (await records(db).orderBy('id', 'desc').limit(limit)).map(toRecord);
}

/** @throws RollcallError when there is no such run */
export async function findRun(db: Knex, id: number): Promise<RunRecord> {
  const [row] = await records(db).where({ id });
  if (row === undefined) {
    throw new RollcallError('failed', `there is no run ${id}; "rollcall history" lists them`);
  }
  return toRecord(row);
}

type Row = Omit<RunRecord, 'id'> & { id: string };

const records = (db: Knex) =>
  db('runs').select<Row[]>(
    { startedAt: 'started_at', committedAt: 'committed_at' },
    ...['id', 'actor', 'directory', 'version', 'options', 'counts'],
  );

const toRecord = (row: Row): RunRecord => ({ ...row, id: Number(row.id) });

/** All changes of a committed run, in the order of its plan. */
export async function* readChanges(db: Knex.Transaction, run: number): AsyncGenerator<Change> {
  // Not a binding, because a cursor takes none; `run` is a number.
  const query = `select 'change' as type, action, user_name as "userName", before, after, identity, archive
    from run_changes where run_id = ${run} order by position`;
  for await (const rows of readCursor<Change>(db, query)) yield* rows;
}
