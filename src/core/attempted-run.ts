import type { Outcome } from './errors.ts';

/** A run that failed or was blocked, in the history. */
export interface Attempt {
  startedAt: Date;
  endedAt: Date;
  /** `user@host` */
  actor: string;
  /** The command without options: `sync now`. */
  command: string;
  outcome: Outcome;
  exitCode: number;
  reasons: AttemptReason[];
  /** What failed of that which followed it; null if nothing did. */
  untold: Untold[] | null;
}

/** Why: the block of a limit as in a summary, or a failure with its code. */
export type AttemptReason = { message: string } & Record<string, unknown>;

/** What has failed of that which follows a run. */
export interface Untold {
  what: 'metrics' | 'webhook' | 'ping';
  message: string;
}
