import type { Knex } from 'knex';
import { Census } from '../core/census.ts';
import type { Members, OptionalMember } from '../core/members.ts';
import { RollcallError } from '../core/errors.ts';
import type { Limits, Load } from '../core/limits.ts';
import type { Answers, PlanItem, RunResult } from '../core/plan.ts';
import type { Basis, SavedRow } from '../core/saved.ts';
import { compileScope, type ScopeRules } from '../core/scope.ts';
import { lockDatabase } from '../database/run-lock.ts';
import type { SchemaState } from '../database/schema/state.ts';
import type { Store } from '../database/store.ts';
import { inTransaction } from '../database/transaction.ts';
import type { Directory, FetchEvents, Listing } from '../directory/directory.ts';
import { fetchMeanwhile } from './arrival.ts';
import type { TakeOver } from './claims.ts';
import { findCandidates } from './candidates.ts';
import { readEntries } from './entries.ts';
import { Fingerprints } from './fingerprints.ts';
import { asOnlyRun, carryOut, lockLatest } from './one-run.ts';
import { basisOf } from './plan-fits.ts';
import { readPlan } from './read-plan.ts';
import type { NewRun } from './record-run.ts';
import { lastRun } from './run-history.ts';
import { createRunTables } from './run-tables.ts';
import { savedRows } from './saved-rows.ts';
import { settlePlan } from './settle-plan.ts';
import { fillStage, settleDuplicates } from './stage.ts';
import type { DeletePolicy } from './taken-names.ts';

/** The settings of a run. */
export interface RunSettings {
  /** What the directory calls the members of an entry. */
  members: Members;
  scope: ScopeRules;
  options: { deleteUsers: DeletePolicy; renames: boolean; takeOver: TakeOver };
  limits: Limits;
  /** Members that may be missing in every entry of a first import. */
  acceptMissing: readonly OptionalMember[];
  answers: Answers;
  defaultPrivileges: { user: string[]; archive: string[] };
  /** The version of rollcall, for the history. */
  version: string;
  /** Stages every entry, as where the server computes other fingerprints. The result is the same; it takes longer. */
  stageAll?: boolean;
  /** The time by which users are gone; by default, that of the database. */
  now?: Date;
}

/** Callbacks during a run. */
export interface RunObserver extends FetchEvents {
  /** How the entries that need not be looked at are told, if they are. */
  compares?: (by: 'fingerprints' | 'everything') => void;
  /** The number of entries read so far. */
  read?: (entries: number) => void;
  step?: (name: 'comparing' | 'applying') => void;
  /** Looks at the tables of the run when its plan is complete, and at the listing again. */
  look?: (db: Knex.Transaction, listing: Listing, result: RunResult) => Promise<void>;
  /**
   * Receives the plan before it is applied; everything can be read only during this call.
   *
   * @param saving what it takes to save the plan; null for one that was saved
   */
  plan: (
    result: RunResult,
    items: (most: number | null) => AsyncIterable<PlanItem>,
    saving: Saving | null,
  ) => Promise<void>;
}

/** What a saved plan holds besides what is shown. */
export interface Saving {
  load: Load;
  /** The run that the plan takes back; null for a synchronization. */
  undoes: number | null;
  /** How the run was asked for, as the history stores it. */
  asked: object;
  basis: () => Promise<Basis>;
  rows: () => AsyncIterable<SavedRow>;
}

/**
 * Synchronizes the user database with the directory, or shows what that would change.
 *
 * @param commit false for a test, which is the same run but is rolled back
 * @param signal interrupts the run at any point before the commit; then nothing is changed
 * @throws RollcallError when the run fails; a blocked run is not a failure
 */
export async function sync(
  settings: RunSettings,
  directory: Directory,
  store: Store,
  commit: boolean,
  observer: RunObserver,
  signal: AbortSignal,
): Promise<RunResult> {
  const startedAt = new Date();
  const scope = compileScope(settings.scope);
  const mode = commit ? 'write' : 'temporary';
  return asOnlyRun(store, async () => {
    // An exclusive store stays free for others, such as logins, until the listing is there. Its runs meet at `lockRun`.
    const before = store.isExclusive ? null : await findLastRun(store, mode, signal);
    const wantsFingerprints = before?.state === 'current' && settings.stageAll !== true;
    let certificateExpiresAt: Date | null = null;
    const events: FetchEvents = {
      ...observer,
      certificate(expiresAt) {
        certificateExpiresAt = expiresAt;
        observer.certificate?.(expiresAt);
      },
    };
    const { listing, early } = await fetchMeanwhile(directory, store, wantsFingerprints, signal, events);
    try {
      return await inTransaction(store, mode, signal, async (db) => {
        const state = await lockLatest(db, store, commit);
        if (before !== null) expectLastRun(await lastRun(db), before.run);
        await createRunTables(db, commit, settings.now);

        const census = new Census(settings.members);
        const fingerprints = settings.stageAll === true ? null : await readFingerprints(db, early, signal);
        observer.compares?.(fingerprints === null ? 'everything' : 'fingerprints');
        const entries = readEntries(db, listing.entries(), scope, settings.members, census);
        await fillStage(db, entries, fingerprints, signal, observer.read);
        census.expectReadable(directory.name);
        observer.step?.('comparing');
        await settleDuplicates(db);
        await findCandidates(db);
        const { load, ...plan } = await settlePlan(db, settings, census, fingerprints?.unstaged ?? 0);

        const asked = askedOf(settings);
        const record: NewRun = {
          ...{ startedAt, actor: store.actor, directory: directory.name, version: settings.version },
          ...{ options: asked, counts: plan.counts, plan: null, undoes: null, isListing: true },
          certificateExpiresAt,
        };
        const show = async (result: RunResult) => {
          await observer.look?.(db, listing, result);
          await observer.plan(result, (most) => readPlan(db, plan.counts, census, settings.options, most), {
            ...{ load, asked, undoes: null },
            basis: () => basisOf(db, store, state, settings),
            rows: () => savedRows(db, false),
          });
        };
        const { archive } = settings.defaultPrivileges;
        const applying = () => observer.step?.('applying');
        return carryOut(db, plan, commit ? record : null, archive, show, applying);
      });
    } finally {
      await listing.close();
    }
  });
}

/** How the run was asked for. */
const askedOf = ({ options, limits, scope, answers, defaultPrivileges }: RunSettings) => ({
  ...options,
  ...{ limits, scope, answers, defaultPrivileges },
});

/** Those that were read while the listing arrived, unless the users have changed since. */
async function readFingerprints(
  db: Knex.Transaction,
  early: Fingerprints | null,
  signal: AbortSignal,
): Promise<Fingerprints | null> {
  return early !== null && (await early.areCurrent(db)) ? early : Fingerprints.read(db, signal);
}

/**
 * The last run before this one, to detect another that is committed in the meantime. Finds out before the directory is
 * asked whether the database is locked, cannot be written to, or belongs to another program.
 */
function findLastRun(
  store: Store,
  mode: 'temporary' | 'write',
  signal: AbortSignal,
): Promise<{ state: SchemaState; run: number }> {
  return inTransaction(store, mode, signal, async (db) => {
    const state = await lockDatabase(db, store, mode);
    return { commit: false, value: { state, run: state === 'none' ? 0 : await lastRun(db) } };
  });
}

function expectLastRun(actual: number, expected: number): void {
  if (actual === expected) return;
  throw new RollcallError(
    'locked',
    `another run (number ${actual}) was committed while this one was reading the directory; nothing was changed`,
  );
}
