import type { LoginBar } from './login-bar.ts';
import type { OptionalMember } from './members.ts';
import type { Block } from './limits.ts';
import type { Doubt, PlanItem, Profile } from './plan.ts';
import type { SkipReason } from './skip-reason.ts';

/** What a query may be. */
export const queryKinds = ['name', 'address', 'dn'] as const;
export type QueryKind = (typeof queryKinds)[number];

/** Whom to explain; without `by`, the text is tried as each kind. */
export interface Query {
  text: string;
  by: QueryKind | null;
}

/**
 * By which rule an entry is taken for somebody, or why it is not; core/identity.ts has the rules.
 *
 * `equal`: same name, and nothing differs. `new`: nobody. `absent`: a stored user whom no entry means. `formerOwner`: only
 * an archive is left of them.
 */
export type IdentityRule =
  | 'equal'
  | 'byDn'
  | 'byName'
  | 'byDnAgain'
  | `doubt:${Doubt['reason']}`
  | 'new'
  | 'nameTaken'
  | 'integrated'
  | 'skipped'
  | 'outOfScope'
  | 'absent'
  | 'formerOwner';

export interface ExplainedEntry {
  /** The position in the listing, from 1. */
  number: number;
  /** As the directory lists it; long values are cut. */
  raw: unknown;
  /** The members that could be read. */
  read: Omit<Profile, 'userName'> & { userName: string | null };
  skipped: SkipReason | null;
  /** The equal entry of the same name that stands for this one. */
  sameAs: number | null;
}

export interface ExplainedUser extends Profile {
  authentication: 'directoryServices' | 'integrated';
  privileges: string[];
  goneSince: Date | null;
  createdAt: Date;
}

export interface ExplainedArchive {
  name: string;
  /** Null when nobody owns it. */
  owner: string | null;
  messages: number;
  /** Privileges by user. */
  access: Record<string, string[]>;
  lastOwner: Profile | null;
}

/** A change that a run made. */
export interface PastChange {
  run: number;
  at: Date;
  action: string;
  userName: string;
  /** Of a rename; else null. */
  newName: string | null;
}

/** Everything about one person: an entry, a stored user, or both if the one is taken for the other. */
export interface Explanation {
  /** `by` has what the text turned out to be here. */
  query: { text: string; by: QueryKind[] };
  entry: ExplainedEntry | null;
  /** Null where no rule was asked: there is no entry, or it cannot be read. */
  scope: { inScope: boolean | null; rule: string | null; line: number | null } | null;
  identity: {
    rule: IdentityRule;
    /** The stored user for whom the entry is taken; null if for nobody, or not for sure. */
    userName: string | null;
    mayMean: string[];
    agrees: OptionalMember[];
    differs: OptionalMember[];
  };
  /** The stored user, or the one who may be meant, or who has the name of an entry that does not count. */
  user: ExplainedUser | null;
  archives: ExplainedArchive[];
  /** Accepted means that the password decides, which `reason` checks. */
  login:
    | { accepted: true; reason: 'directory' | 'storedPassword' }
    | { accepted: false; reason: LoginBar | 'fileDirectory' };
  /** What the next run does about them; nothing if there are no items, or if it is blocked. */
  next: { blocks: Block[]; items: PlanItem[] };
  /** The last changes, the latest first. */
  history: PastChange[];
}

/** All that was found. */
export interface Explained {
  explanations: Explanation[];
  /** How many more there are, at least. */
  omitted: number;
  /** How many were searched. */
  entries: number;
  users: number;
}
