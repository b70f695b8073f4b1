import type { Knex } from 'knex';
import { Census } from '../core/census.ts';
import type { OptionalMember } from '../core/entry.ts';
import { RollcallError } from '../core/errors.ts';
import { findBlocks, type Block, type Limits } from '../core/limits.ts';
import type { Counts, PlanItem } from '../core/plan.ts';
import { compileScope, type ScopeRules } from '../core/scope.ts';
import { fetchListing, readListing } from '../directory/listing.ts';
import { nameOf, type DirectorySettings } from '../directory/transport.ts';
import { lockDatabase } from '../store/lock.ts';
import { isMigrated, migrate } from '../store/migrate.ts';
import type { Store } from '../store/store.ts';
import { inTransaction } from '../store/transaction.ts';
import { createAnswers, settleAnswers, type Answers } from './answers.ts';
import { applyPlan } from './apply.ts';
import { createClaims, settleArchives, type TakeOver } from './archives.ts';
import { createCandidates, findCandidates } from './candidates.ts';
import { countPlan } from './count-plan.ts';
import { readEntries } from './entries.ts';
import { createEvidence } from './evidence.ts';
import { lastRun, recordRun } from './history.ts';
import { createIdentity, matchEntries } from './identity.ts';
import { createNames, settleNames } from './names.ts';
import { createPlan, fillPlan } from './plan.ts';
import { readPlan } from './read-plan.ts';
import { createStage, fillStage, settleDuplicates } from './stage.ts';

/** What a run has to know. */
export interface SyncSettings {
  directory: DirectorySettings;
  scope: ScopeRules;
  options: { deleteUsers: boolean; renames: boolean; takeOver: TakeOver };
  limits: Limits;
  /** Members that may be missing in every entry of a first import. */
  acceptMissing: readonly OptionalMember[];
  answers: Answers;
  defaultPrivileges: { user: string[]; archive: string[] };
  /** Of rollcall, for the history. */
  version: string;
}

/** What is told, and asked for, while it goes on. */
export interface SyncObserver {
  received?: (bytes: number) => void;
  retrying?: (reason: string, retriesLeft: number) => void;
  staged?: (entries: number) => void;
  step?: (name: 'comparing' | 'applying') => void;
  /** Takes the plan while it can still be read, before it is carried out. */
  plan: (outcome: Outcome, items: (most: number | null) => AsyncIterable<PlanItem>) => Promise<void>;
}

/** What a run has come to. */
export interface Outcome {
  counts: Counts;
  /** Why nothing may be written; empty when the run may go on. */
  blocks: Block[];
  /** The number in the history; null when nothing is committed. */
  run: number | null;
}

/**
 * Brings the user database in step with the directory, or shows what that would change.
 *
 * @param commit false for a test, which is the same run and leaves no trace
 * @param signal interrupts it at any point before the commit, and nothing has happened
 * @throws RollcallError
 */
export async function sync(
  settings: SyncSettings,
  store: Store,
  commit: boolean,
  observer: SyncObserver,
  signal: AbortSignal,
): Promise<Outcome> {
  const scope = compileScope(settings.scope);
  const unlock = await store.lockRun();
  try {
    const before = await findLastRun(store, signal);
    // Nothing of the database is held while the directory is being waited for.
    const listing = await fetchListing(settings.directory, signal, observer);
    try {
      return await inTransaction(store, signal, async (db) => {
        await lockDatabase(db, store);
        await migrate(db, store.schema);
        expectLastRun(await lastRun(db), before);
        await createRunTables(db);
        // A test is not trusted to change nothing: the database holds it to that.
        if (!commit) await db.raw('set transaction read only');

        const census = new Census();
        const entries = readEntries(db, readListing(listing), scope, census);
        await fillStage(db, entries, signal, observer.staged);
        observer.step?.('comparing');
        await settleDuplicates(db);
        await findCandidates(db);
        await identify(db, settings);
        await settleAnswers(db, settings.answers, () => identify(db, settings));
        await fillPlan(db, settings.defaultPrivileges.user);
        const { counts, load } = await countPlan(db, census, settings.acceptMissing);
        const blocks = findBlocks(load, settings.limits);

        const outcome: Outcome = { counts, blocks, run: null };
        const commits = commit && blocks.length === 0;
        if (commits) outcome.run = await recordRun(db, recordOf(settings, store, counts));
        await observer.plan(outcome, (most) => readPlan(db, counts, census, settings.options, most));
        if (commits) {
          observer.step?.('applying');
          await applyPlan(db, counts, settings.defaultPrivileges.archive);
        }
        return { commit: commits, value: outcome };
      });
    } finally {
      await listing.body.close();
    }
  } finally {
    unlock();
  }
}

/** Made before a test becomes read-only; they end with the transaction. */
async function createRunTables(db: Knex.Transaction): Promise<void> {
  await createStage(db);
  await createCandidates(db);
  await createEvidence(db);
  await createIdentity(db);
  await createNames(db);
  await createClaims(db);
  await createAnswers(db);
  await createPlan(db);
}

/** Who is who, who leaves and moves where, and whose the archives are then. */
async function identify(db: Knex.Transaction, { options }: SyncSettings): Promise<void> {
  await matchEntries(db);
  await settleNames(db, options);
  await settleArchives(db, options.takeOver);
}

const recordOf = (
  { options, limits, scope, answers, directory, version }: SyncSettings,
  store: Store,
  counts: Counts,
) => ({
  actor: store.actor,
  directory: nameOf(directory.url),
  version,
  options: { ...options, limits, scope, answers },
  counts,
});

/** The last run before this one, so that it is noticed when another is committed meanwhile. */
async function findLastRun(store: Store, signal: AbortSignal): Promise<number> {
  return inTransaction(store, signal, async (db) => {
    await lockDatabase(db, store);
    return { commit: false, value: (await isMigrated(db)) ? await lastRun(db) : 0 };
  });
}

function expectLastRun(actual: number, expected: number): void {
  if (actual === expected) return;
  throw new RollcallError(
    'locked',
    `another run (number ${actual}) was committed while this one was reading the directory; nothing was changed`,
  );
}
