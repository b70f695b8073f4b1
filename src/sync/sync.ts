import { RollcallError } from '../core/errors.ts';
import { findBlocks, type Block, type Limits } from '../core/limits.ts';
import type { Counts, PlanItem, Tally } from '../core/plan.ts';
import { compileScope, type ScopeRules } from '../core/scope.ts';
import { fetchListing, readListing } from '../directory/listing.ts';
import { nameOf, type DirectorySettings } from '../directory/transport.ts';
import { applyPlan, type Privileges } from '../store/apply.ts';
import { comparePlan, countPlan } from '../store/compare.ts';
import { lastRun, readPlan, recordRun } from '../store/history.ts';
import { lockDatabase } from '../store/lock.ts';
import { isMigrated, migrate } from '../store/migrate.ts';
import { createRunTables, fillStage, settleDuplicates } from '../store/stage.ts';
import type { Store } from '../store/store.ts';
import { inTransaction } from '../store/transaction.ts';

/** What a run has to know. */
export interface SyncSettings {
  directory: DirectorySettings;
  scope: ScopeRules;
  options: { deleteUsers: boolean; renames: boolean };
  limits: Limits;
  defaultPrivileges: Privileges;
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
  const inScope = compileScope(settings.scope);
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
        await createRunTables(db, settings.defaultPrivileges.user);
        // A test is not trusted to change nothing: the database holds it to that.
        if (!commit) await db.raw('set transaction read only');

        const tally: Tally = { directory: 0, outOfScope: 0 };
        await fillStage(db, readListing(listing, inScope, tally), signal, observer.staged);
        observer.step?.('comparing');
        await settleDuplicates(db);
        await comparePlan(db, settings.options);
        const { counts, stored, listed } = await countPlan(db, tally);
        const updates = counts.updated + counts.renamed;
        const blocks = findBlocks({ stored, listed, deletions: counts.deleted, updates }, settings.limits);

        const outcome: Outcome = { counts, blocks, run: null };
        const commits = commit && blocks.length === 0;
        if (commits) {
          outcome.run = await recordRun(db, {
            actor: store.actor,
            directory: nameOf(settings.directory.url),
            version: settings.version,
            options: { ...settings.options, limits: settings.limits, scope: settings.scope },
            counts,
          });
        }
        await observer.plan(outcome, (most) => readPlan(db, counts, most));
        if (commits) {
          observer.step?.('applying');
          await applyPlan(db, counts, settings.defaultPrivileges);
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
