import type { Knex } from 'knex';
import { isDeepStrictEqual } from 'node:util';
import type { OptionalMember } from '../core/members.ts';
import { RollcallError } from '../core/errors.ts';
import { findBlocks, type Limits } from '../core/limits.ts';
import type { Change, PlanItem, RunResult } from '../core/plan.ts';
import type { About, Basis, SavedRow } from '../core/saved.ts';
import type { Store } from '../database/store.ts';
import { inTransaction } from '../database/transaction.ts';
import { asOnlyRun, carryOut, lockLatest } from './one-run.ts';
import {
  basisOf,
  expectBasis,
  expectLastListing,
  expectNotApplied,
  expectYoung,
  type BasicSetting,
} from './plan-fits.ts';
import { readPlannedChanges } from './read-plan.ts';
import type { NewRun } from './record-run.ts';
import type { RunObserver } from './run.ts';
import { createRunTables, createUndoTables } from './run-tables.ts';
import { loadRows } from './saved-rows.ts';
import { areFirst, comeOrGo } from './settle-plan.ts';
import { expectStanding, standingTable } from './standing.ts';
import { marksAnew, planUndo } from './undo-plan.ts';

/** A saved plan whose digest is right. */
export interface SavedPlan {
  about: About;
  /** The directory that it was made from. */
  directory: string | null;
  /** The name of the database that it was made for. */
  database: string;
  items: () => AsyncIterable<PlanItem>;
  rows: () => AsyncIterable<SavedRow>;
}

export interface ApplySettings extends Pick<Basis, BasicSetting> {
  limits: Limits;
  acceptMissing: readonly OptionalMember[];
  /** How old the plan may be, in milliseconds. */
  maxAge: number;
  version: string;
  /** The time by which users are gone; by default, that of the database. */
  now?: Date;
}

/**
 * Does exactly what a saved plan says, or nothing. The directory is not asked.
 *
 * @param observer receives the plan before it is applied
 * @throws RollcallError (6) when the plan no longer fits; a blocked plan is not a failure
 */
export async function applySaved(
  plan: SavedPlan,
  settings: ApplySettings,
  store: Store,
  observer: Pick<RunObserver, 'plan' | 'step'>,
  signal: AbortSignal,
): Promise<RunResult> {
  const startedAt = new Date();
  const { about } = plan;
  expectYoung(about, startedAt, settings.maxAge);
  const isUndo = about.undoes !== null;
  return asOnlyRun(store, () =>
    inTransaction(store, 'write', signal, async (db) => {
      const state = await lockLatest(db, store, true);
      const basis = await basisOf(db, store, state, settings);
      expectBasis(about, plan.database, basis, store.name);
      await expectNotApplied(db, about.digest);
      await (isUndo ? createUndoTables(db, true) : createRunTables(db, true, settings.now));
      await db.raw(standingTable);
      await loadRows(db, plan.rows(), isUndo);
      // What an undo brings back is not all shown: it is planned anew, from what the run recorded.
      if (about.undoes !== null) await planUndo(db, about.undoes);
      await expectStanding(db, isUndo);
      const isListing = !isUndo && about.listing === basis.listing;
      if (!isUndo && !isListing) await expectLastListing(db);
      await expectShown(db, plan.items());

      const { counts, load, held } = about;
      const { createdAt, actor } = about;
      const record: NewRun = {
        ...{ startedAt, actor: store.actor, directory: plan.directory, version: settings.version },
        options: { ...(about.asked as object), plan: { createdAt, actor } },
        ...{ counts, plan: about.digest, undoes: about.undoes, isListing },
        certificateExpiresAt: null,
      };
      // Where they exceed a limit only now, the plan as it was shown is blocked: nothing else is what was approved.
      const blocks = findBlocks(load, settings.limits, settings.acceptMissing);
      const presenceChanged = await (isUndo ? marksAnew(db) : comeOrGo(db));
      const told = { firstDeletions: await areFirst(db, load), presenceChanged };
      const found = { counts, blocks, held, ...told };
      const { archive } = settings.defaultPrivileges;
      const show = (result: RunResult) => observer.plan(result, plan.items, null);
      return carryOut(db, found, record, archive, show, () => observer.step?.('applying'));
    }),
  );
}

/** What was shown and approved must be what is applied: every change in the file, and no other, in its order. */
async function expectShown(db: Knex.Transaction, items: AsyncIterable<PlanItem>): Promise<void> {
  const shown = changesIn(items);
  const differ = () =>
    new RollcallError('failed', 'the saved plan does not do what it shows, and nothing was changed');
  for await (const change of readPlannedChanges(db)) {
    const { value } = await shown.next();
    if (value === undefined || !isDeepStrictEqual(change, value)) throw differ();
  }
  if ((await shown.next()).done !== true) throw differ();
}

async function* changesIn(items: AsyncIterable<PlanItem>): AsyncGenerator<Change, undefined> {
  for await (const item of items) if (item.type === 'change') yield item;
}
