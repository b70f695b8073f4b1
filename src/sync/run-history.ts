import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import type { Change, RunRecord } from '../core/plan.ts';
import { readCursor } from '../database/cursor.ts';

/** The number of the last committed run; 0 when there is none. Works on the schema of any rollcall version. */
export async function lastRun(db: Knex): Promise<number> {
  const [row] = await db('runs').max<{ last: string | null }[]>('id as last');
  return Number(row?.last ?? 0);
}

/**
 * The numbers of committed runs that begin with these digits, latest first. Works on the schema of any rollcall version.
 *
 * @param digits perhaps none
 */
export async function runNumbers(db: Knex, digits: string, limit: number): Promise<string[]> {
  const rows = await db('runs')
    .select<{ id: string }[]>('id')
    .whereRaw('id::text like ?', [`${digits}%`])
    .orderBy('id', 'desc')
    .limit(limit);
  return rows.map(({ id }) => id);
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

type Row = Omit<RunRecord, 'id' | 'undoes'> & { id: string; undoes: string | null };

const records = (db: Knex) =>
  db('runs').select<Row[]>(
    { startedAt: 'started_at', committedAt: 'committed_at' },
    ...['id', 'actor', 'directory', 'version', 'options', 'counts', 'plan', 'undoes', 'untold'],
  );

const toRecord = ({ id, undoes, ...row }: Row): RunRecord => ({
  ...row,
  id: Number(id),
  undoes: undoes === null ? null : Number(undoes),
});

/** All changes of a committed run, in the order of its plan. */
export async function* readChanges(db: Knex.Transaction, run: number): AsyncGenerator<Change> {
  // Not a binding, because a cursor takes none; `run` is a number.
  const query = `select 'change' as type, action, user_name as "userName", before, after, identity, archive
    from run_changes where run_id = ${run} order by position`;
  for await (const rows of readCursor<Change>(db, query)) yield* rows;
}
