import type { Knex } from 'knex';
import type { RunResult } from '../core/plan.ts';
import { nothingWritten } from '../database/access.ts';
import { lockDatabase } from '../database/run-lock.ts';
import { migrate, migrateForReading } from '../database/schema/migrate.ts';
import type { SchemaState } from '../database/schema/state.ts';
import type { Store } from '../database/store.ts';
import type { Ending } from '../database/transaction.ts';
import { applyPlan } from './apply.ts';
import { completeRecord, recordRun, type NewRun } from './record-run.ts';

/** Keeps other runs of this machine out meanwhile. A failure says that nothing was written. */
export async function asOnlyRun<T>(store: Store, work: () => Promise<T>): Promise<T> {
  const unlock = await store.lockRun();
  try {
    return await work();
  } catch (error) {
    throw nothingWritten(error);
  } finally {
    await unlock();
  }
}

/**
 * Locks the database for the rest of the transaction, and brings its schema up to date.
 *
 * @returns the state in which the schema was
 */
export async function lockLatest(db: Knex.Transaction, store: Store, commits: boolean): Promise<SchemaState> {
  const state = await lockDatabase(db, store, commits ? 'write' : 'temporary');
  if (state !== 'current') await (commits ? migrate(db, store) : migrateForReading(db, store));
  return state;
}

/**
 * Shows the plan of this transaction. Unless it is a test or blocked, it is recorded before that, so that the run has its
 * number, and applied after it.
 *
 * @param record null for a test
 * @param archivePrivileges what newcomers may do with their archive
 */
export async function carryOut(
  db: Knex.Transaction,
  plan: Omit<RunResult, 'run'>,
  record: NewRun | null,
  archivePrivileges: string[],
  show: (result: RunResult) => Promise<void>,
  applying: () => void,
): Promise<Ending<RunResult>> {
  const result: RunResult = { ...plan, run: null };
  if (record !== null && plan.blocks.length === 0) result.run = await recordRun(db, record);
  await show(result);
  if (record !== null && result.run !== null) {
    applying();
    await applyPlan(db, plan.counts, archivePrivileges, record.undoes !== null);
    await completeRecord(db, result.run, record.undoes === null ? plan.counts.created : 0);
  }
  return { commit: result.run !== null, value: result };
}
