import type { Program } from './commands.ts';
import type { Measurement } from './measure.ts';

/** What each contender took for the same work. */
export interface Line {
  users: number;
  work: string;
  results: Map<string, Measurement>;
}

/** How long small things take, in seconds: medians. */
export interface Start {
  program: Program;
  nothing: number;
  help: number;
  login: number;
  /** Through Dovecot, with so many clients at once. */
  dovecot: { clients: number; perSecond: number; seconds: number }[];
}

/** Everything that was measured. */
export interface Results {
  lines: Line[];
  embedded: Line[];
  /** The smallest size again, with another Node. */
  other: Line[];
  starts: Start[];
  /** Sentences about it. */
  mail: string[];
}
