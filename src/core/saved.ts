import type { Block, Load } from './limits.ts';
import type { Members } from './members.ts';
import type { Counts } from './plan.ts';
import type { ScopeRules } from './scope.ts';

/** What a plan was made from. A saved plan fits only where all of it is still the same. */
export interface Basis {
  /** What the directory calls the members of an entry. */
  members: Members;
  scope: ScopeRules;
  options: unknown;
  defaultPrivileges: { user: string[]; archive: string[] };
  schema: { name: string; version: string };
  /** Tells the user database from others; null for one that had no tables of this version yet. */
  installation: string | null;
  /** The number of its listing, if it is applied before any other. */
  listing: number;
}

/** A row that is written when a saved plan is applied, or one that the plan stands on. */
export interface SavedRow {
  type: 'row';
  table: string;
  row: object;
}

/** What a saved plan says about itself. */
export interface About extends Basis {
  /** `sha256:` and 64 hexadecimal digits, over all of the file but themselves. */
  digest: string;
  createdAt: Date;
  /** `user@host` */
  actor: string;
  /** The run that it takes back; null for a synchronization. */
  undoes: number | null;
  /** The answers and limits that it was made with, for the history. */
  asked: unknown;
  counts: Counts;
  load: Load;
  blocks: Block[];
  held: Block | null;
  firstDeletions: boolean;
}
