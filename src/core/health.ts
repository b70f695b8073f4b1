import type { AttemptReason, Untold } from './attempted-run.ts';
import type { Outcome } from './errors.ts';

/** What is not in order; `tooOld` depends on how old the last success may be, the others stand in the database. */
export type OpenProblem =
  'never' | 'blocked' | 'failing' | 'held' | 'doubts' | 'certificate' | 'untold' | 'tooOld';

/** Whether synchronizations are in order, as the view `health` tells it. */
export interface Health {
  /** When the last run ended, also one that failed or was blocked; null if there was none. */
  lastRun: { at: Date; outcome: Outcome } | null;
  lastSuccess: { run: number; at: Date } | null;
  /** How long ago the directory was asked for the last success; null if there was none. */
  ageSeconds: number | null;
  /** The runs in a row that failed or were blocked, with the outcome and the reasons of the last one. */
  failures: { count: number; since: Date | null; outcome: Outcome | null; reasons: AttemptReason[] };
  /** Users who are gone from the directory and kept, and the earliest time. */
  gone: { users: number; since: Date | null };
  /** Entries of the last success in doubt, and skipped; deletions that it held. */
  doubts: number;
  skipped: number;
  held: number;
  certificateExpiresAt: Date | null;
  /** The newest migration of the database; null where there are no tables. */
  schema: string | null;
  /** What failed of that which followed the last run; null if nothing did. */
  untold: Untold[] | null;
  open: OpenProblem[];
}

/** Adds what is too old. Where no run succeeded, `never` or the failures say so. */
export function withAge(health: Health, maxAge: number): Health {
  const isTooOld = health.ageSeconds !== null && health.ageSeconds * 1_000 > maxAge;
  return isTooOld ? { ...health, open: [...health.open, 'tooOld'] } : health;
}
