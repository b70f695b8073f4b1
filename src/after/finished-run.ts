import type { Outcome } from '../core/errors.ts';
import type { Doubt, RunResult } from '../core/plan.ts';

/** All that what follows a run may know about it. */
export interface FinishedRun {
  /** The command without options: `sync now`. */
  command: string;
  /** The name of the user database, without credentials. */
  database: string;
  startedAt: Date;
  /** When the directory was asked: for a saved plan, when that was made. */
  listedAt: Date;
  endedAt: Date;
  outcome: Outcome;
  exitCode: number;
  /** Null when the run failed. */
  result: RunResult | null;
  /** The entries in doubt. */
  doubts: DoubtsOfRun;
  /** Why the run failed, without what it quotes from outside; null when it did not. */
  error: { code: string | null; message: string } | null;
  /** When the certificate of the directory expires, if the run saw one. */
  certificateExpiresAt: Date | null;
}

export interface DoubtsOfRun {
  /** The first of them. */
  examples: Doubt[];
  /** One for each of them, or one for all if there are very many. */
  digests: string[];
}

export const noDoubts: DoubtsOfRun = { examples: [], digests: [] };
