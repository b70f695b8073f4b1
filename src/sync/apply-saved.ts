import type { Knex } from 'knex';
import { isDeepStrictEqual } from 'node:util';
import { RollcallError } from '../core/errors.ts';
import { findBlocks, type Limits } from '../core/limits.ts';
import type { OptionalMember } from '../core/entry.ts';
import type { Change, PlanItem, RunResult } from '../core/plan.ts';
import type { About, Basis, SavedRow } from '../core/saved.ts';
import { nothingWritten } from '../database/access.ts';
import { lockDatabase } from '../database/run-lock.ts';
import { migrate } from '../database/schema/migrate.ts';
import type { Store } from '../database/store.ts';
import { inTransaction } from '../database/transaction.ts';
import { applyPlan } from './apply.ts';
import { readPlannedChanges } from './read-plan.ts';
import { completeRecord, recordRun } from './record-run.ts';
import type { RunObserver } from './run.ts';
import { createRunTables } from './run-tables.ts';
import {
  basisOf,
  expectLastListing,
  expectNotApplied,
  expectStanding,
  loadRows,
  stale,
} from './saved-rows.ts';
import { planUndo } from './undo-plan.ts';
import { areFirst } from './settle-plan.ts';

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

export interface ApplySettings extends Pick<Basis, 'scope' | 'options' | 'defaultPrivileges'> {
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
  const unlock = await store.lockRun();
  try {
    return await inTransaction(store, 'write', signal, async (db) => {
      const state = await lockDatabase(db, store, 'write');
      if (state !== 'current') await migrate(db, store);
      const basis = await basisOf(db, store, state, settings);
      // One that had no tables yet is known by its name alone.
      if (about.installation === null && plan.database !== store.name)
        throw stale(`it was made for the database ${plan.database}`);
      expectBasis(about, basis);
      await expectNotApplied(db, about.digest);
      await createRunTables(db, true, settings.now);
      await loadRows(db, plan.rows(), about.undoes !== null);
      // What an undo brings back is not all shown: it is planned anew, from what the run recorded.
      if (about.undoes !== null) await planUndo(db, about.undoes);
      await expectStanding(db);
      const isListing = about.undoes === null && about.listing === basis.listing;
      if (about.undoes === null && !isListing) await expectLastListing(db);
      await expectShown(db, plan.items());

      const { counts, load, held } = about;
      // Where they exceed a limit only now, the plan as it was shown is blocked: nothing else is what was approved.
      const blocks = findBlocks(load, settings.limits, settings.acceptMissing);
      const firstDeletions = await areFirst(db, load);
      const result: RunResult = { counts, blocks, held, firstDeletions, run: null };
      if (blocks.length === 0) {
        const { version } = settings;
        const options = {
          ...(about.asked as object),
          plan: { createdAt: about.createdAt, actor: about.actor },
        };
        const record = { startedAt, actor: store.actor, directory: plan.directory, version, options, counts };
        result.run = await recordRun(db, { ...record, plan: about.digest, undoes: about.undoes, isListing });
      }
      await observer.plan(result, plan.items, null);
      if (result.run !== null) {
        observer.step?.('applying');
        await applyPlan(db, counts, settings.defaultPrivileges.archive, about.undoes !== null);
        await completeRecord(db, result.run, about.undoes === null ? counts.created : 0);
      }
      return { commit: result.run !== null, value: result };
    });
  } catch (error) {
    throw nothingWritten(error);
  } finally {
    await unlock();
  }
}

/** A clock that is ahead by more than this, in milliseconds, would make plans that never become too old. */
const clockTolerance = 3_600_000;

function expectYoung({ createdAt }: About, now: Date, maxAge: number): void {
  const age = now.getTime() - createdAt.getTime();
  const made = `it was made at ${createdAt.toISOString()}`;
  if (age > maxAge) throw stale(`${made}, which is longer ago than --max-age allows`);
  if (age < -clockTolerance) throw stale(`${made}, which is in the future; check the clocks`);
}

function expectBasis(saved: Basis, now: Basis): void {
  if (saved.installation !== null && saved.installation !== now.installation)
    throw stale('it was made for another user database');
  const differing = [
    ...parts('scope', saved.scope, now.scope),
    ...parts('options', saved.options, now.options),
    ...parts('defaultPrivileges', saved.defaultPrivileges, now.defaultPrivileges),
    ...parts('schema', saved.schema, now.schema),
  ];
  if (differing.length > 0)
    throw stale(`${differing.join(', ')} ${differing.length === 1 ? 'differs' : 'differ'}`);
}

/** The names of the settings that differ. */
function parts(name: string, saved: unknown, now: unknown): string[] {
  const [old, current] = [saved, now] as Record<string, unknown>[];
  return Object.keys({ ...old, ...current })
    .filter((key) => !isDeepStrictEqual(plain(old?.[key]), plain(current?.[key])))
    .map((key) => `${name}.${key}`);
}

/** As it is after a way through JSON. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value ?? null)) as unknown;

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
