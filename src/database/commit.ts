import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { isConnectionLoss } from './failure.ts';
import { currentTimeline, findOutcome, type Mark } from './outcome.ts';
import { one } from './query.ts';
import type { Store } from './store.ts';

/**
 * Commits. If the connection is lost meanwhile, finds out what became of the transaction.
 *
 * @param ended the failure of the transaction, once it has ended
 * @throws the failure, if the transaction was rolled back; RollcallError if it was lost, or nobody can be asked
 */
export async function commitSurely(
  store: Store,
  db: Knex.Transaction,
  ended: Promise<{ error: unknown } | undefined>,
): Promise<void> {
  const mark = await leaveMark(db);
  await db.commit();
  const failure = await ended;
  if (failure === undefined) return;
  if (isRefusal(failure.error)) throw failure.error as Error;
  switch (await findOutcome(store, mark)) {
    case 'committed':
      return;
    case 'rolledBack':
      throw failure.error as Error;
    case 'lost':
      throw new RollcallError(
        'failed',
        `database ${store.name}: the connection was lost while committing, and the commit was lost in a failover: the server that has taken over does not have it; run it again`,
      );
    case 'unknown':
      throw new RollcallError(
        'failed',
        `database ${store.name}: the connection was lost while committing, and the server cannot be asked whether it did; it may still be doing so; check later with "rollcall history"`,
        'unknown',
      );
  }
}

/** Whether the server answered that it did not commit. After anything else, it may have. */
const isRefusal = (error: unknown) =>
  (error as { severity?: unknown }).severity === 'ERROR' && !isConnectionLoss(error);

async function leaveMark(db: Knex.Transaction): Promise<Mark> {
  const token = randomUUID();
  // Nobody asks after a day. Rows that another transaction is just removing are left to it.
  const { transaction } = await one<{ transaction: string }>(
    db,
    `with old as (
       select token from commits where made_at < now() - interval '1 day' for update skip locked
     ), removed as (
       delete from commits using old where commits.token = old.token
     )
     insert into commits (token) values (?) returning pg_current_xact_id()::text as transaction`,
    [token],
  );
  return { token, transaction, timeline: await timelineOf(db) };
}

/** Null where the server does not tell: there are services that hide their log. */
async function timelineOf(db: Knex.Transaction): Promise<string | null> {
  const statements = `savepoint asking; ${currentTimeline}; release savepoint asking`;
  try {
    const results = await db.raw<{ rows: { timeline: string }[] }[]>(statements);
    return results[1]?.rows[0]?.timeline ?? null;
  } catch (error) {
    if (isConnectionLoss(error)) throw error;
    await db.raw('rollback to savepoint asking');
    return null;
  }
}
