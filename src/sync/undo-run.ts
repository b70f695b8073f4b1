import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { findBlocks, type Limits } from '../core/limits.ts';
import type { Counts, PlanItem, RunResult } from '../core/plan.ts';
import type { Basis } from '../core/saved.ts';
import { one } from '../database/query.ts';
import type { Store } from '../database/store.ts';
import { inTransaction } from '../database/transaction.ts';
import { countPlan } from './count-plan.ts';
import { asOnlyRun, carryOut, lockLatest } from './one-run.ts';
import { basisOf, type BasicSetting } from './plan-fits.ts';
import { readPlanned } from './read-plan.ts';
import { findSharedAddresses } from './remarks.ts';
import type { NewRun } from './record-run.ts';
import { findRun } from './run-history.ts';
import { findReturningAccess } from './returning-access.ts';
import { createUndoTables } from './run-tables.ts';
import type { RunObserver } from './run.ts';
import { savedRows } from './saved-rows.ts';
import { marksAnew, planUndo } from './undo-plan.ts';

export interface UndoSettings extends Pick<Basis, BasicSetting> {
  limits: Limits;
  version: string;
}

/**
 * Takes a run back, or shows what that would change. It is a run of its own, and can be taken back in turn.
 *
 * @param undone the number of the run; what was changed since is left out
 * @param commit false for a test, which is rolled back
 * @throws RollcallError when it fails; a blocked run is not a failure
 */
export async function undo(
  undone: number,
  settings: UndoSettings,
  store: Store,
  commit: boolean,
  observer: Pick<RunObserver, 'plan' | 'step'>,
  signal: AbortSignal,
): Promise<RunResult> {
  const startedAt = new Date();
  const mode = commit ? 'write' : 'temporary';
  return asOnlyRun(store, () =>
    inTransaction(store, mode, signal, async (db) => {
      const state = await lockLatest(db, store, commit);
      await findRun(db, undone);
      await expectMemory(db, undone);
      await createUndoTables(db, commit);
      observer.step?.('comparing');
      await planUndo(db, undone);
      const { counts: planned, load } = await countPlan(db, noCensus, 0);
      const counts = { ...planned, unchanged: 0 };
      const blocks = findBlocks(load, settings.limits);
      const asked = { limits: settings.limits };
      const record: NewRun = {
        ...{ startedAt, actor: store.actor, directory: null, version: settings.version },
        ...{ options: asked, counts, plan: null, undoes: undone, isListing: false },
        certificateExpiresAt: null,
      };
      const show = (result: RunResult) =>
        observer.plan(result, (most) => readUndo(db, counts, most), {
          ...{ load, undoes: undone, asked },
          basis: () => basisOf(db, store, state, settings),
          rows: () => savedRows(db, true),
        });
      const plan = {
        counts,
        blocks,
        held: null,
        firstDeletions: false,
        presenceChanged: await marksAnew(db),
      };
      return carryOut(db, plan, commit ? record : null, [], show, () => observer.step?.('applying'));
    }),
  );
}

async function* readUndo(
  db: Knex.Transaction,
  counts: Counts,
  most: number | null,
): AsyncGenerator<PlanItem> {
  yield* readPlanned(db, counts, most);
  yield* await findSharedAddresses(db);
  yield* await findReturningAccess(db);
}

/** An undo reads no listing. */
const noCensus = { directory: 0, outOfScope: 0, missing: [] };

/** @throws RollcallError when the run was committed by a rollcall that did not record what an undo needs */
async function expectMemory(db: Knex.Transaction, undone: number): Promise<void> {
  const { isOld } = await one<{ isOld: boolean }>(
    db,
    'select exists (select from run_changes where run_id = ? and user_id is null) as "isOld"',
    [undone],
  );
  if (isOld)
    throw new RollcallError(
      'failed',
      `run ${undone} cannot be taken back: the rollcall that committed it did not record what it deleted`,
    );
}
