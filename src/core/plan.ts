import type { Untold } from './attempted-run.ts';
import type { OptionalMember } from './members.ts';
import type { SkipReason } from './skip-reason.ts';
import type { Block } from './limits.ts';

/**
 * The plan of a run, as data: the comparison fills it, the limits check it, the reports print it, the history stores
 * it, and nothing else is needed to apply it.
 *
 *     in the directory | in the user database              | the plan
 *     -----------------|-----------------------------------|------------------------------------------------
 *     entry            | no user                           | create
 *     entry            | the same person                   | nothing; update or rename where they differ
 *     entry            | a user who may be that person     | doubt: nothing is written for either
 *     entry            | integrated user with that name    | notice `integrated`
 *     entry            | another user has the new name     | notice `nameTaken`: keeps the old one, or is not created
 *     skipped entry    | any user it may mean              | nothing: left alone, and the entry is reported
 *     no entry         | directory user                    | delete, when deletion is on; else notice `gone`
 *     no entry         | directory user, not long enough   | notice `goneCounting`
 *     no entry         | directory user, but too many are  | notice `held`, if the limit holds and does not block
 *     no entry         | directory user who is an admin    | notice `admin`
 *     no entry, but an unreadable one that may mean anyone | notice `unsure`
 *     no entry         | integrated user                   | nothing
 *     an undo          | a user who has changed since      | notice `laterChange`
 *
 * core/identity.ts decides who is the same person.
 */
export const actions = ['create', 'rename', 'update', 'delete'] as const;
export type Action = (typeof actions)[number];

/** Why a user is left alone although the directory and the database differ. */
export const noticeReasons = [
  ...(['nameTaken', 'integrated', 'admin', 'held'] as const),
  ...(['gone', 'goneCounting', 'unsure', 'laterChange'] as const),
] as const;
export type NoticeReason = (typeof noticeReasons)[number];

/** The order of a plan: by sort as listed here, then by name. */
export const planOrder = [...actions, ...noticeReasons, 'doubt'] as const;
export type Sort = (typeof planOrder)[number];

/** How an entry was matched with a stored user; `same` and `new` are answers of the administrator. */
export type Identity = 'distinguishedName' | 'name' | 'same' | 'new';

/** A stored user as a plan shows them, before or after the change. */
export interface UserState {
  userName: string;
  fullName: string | null;
  distinguishedName: string | null;
  emailAddresses: string[];
  privileges: string[];
  /** The name of the archive that they own. */
  archive: string | null;
}

/** What is known about a person, from the directory or the database. */
export type Profile = Pick<UserState, 'userName' | 'fullName' | 'distinguishedName' | 'emailAddresses'>;

/** What happens to an archive that loses its owner, gets one, or is in the way. */
export interface ArchiveChange {
  /**
   * `kept`: it holds mail and stays without an owner. `takenOver`: it had no owner and gets one. `setAside`: it stays
   * without an owner, under another name. `deleted`: it held no mail.
   */
  outcome: 'kept' | 'takenOver' | 'setAside' | 'deleted';
  /** The name after the run; for a deleted archive, the last one. */
  name: string;
  messages: number;
  /** The other users who lose access to it. */
  accessEnded: string[];
}

export interface Change {
  type: 'change';
  action: Action;
  /** The name before the change; for a new user, their name. */
  userName: string;
  before: UserState | null;
  after: UserState | null;
  identity: Identity | null;
  archive: ArchiveChange | null;
}

/** Why a user could not get the name that the directory lists. */
export interface NameHolder {
  /** The name that the directory lists. */
  wanted: string;
  by: 'user' | 'integrated' | 'archive' | 'renamesOff';
  /** The user who has the name, or owns its archive; null when renames are off. */
  holder: string | null;
}

/** How long a user has been gone, and how long they must be to be deleted. */
export interface Absence {
  /** When a run first missed them, in UTC. */
  since: string;
  ageSeconds: number;
  ofSeconds: number;
  /** The complete listings in a row that lacked them. */
  listings: number;
  ofListings: number;
}

export type Notice = {
  type: 'notice';
  userName: string;
  /** The position of the entry in the listing; null when there is no entry. */
  entry: number | null;
} & (
  | { reason: 'nameTaken' | 'integrated'; data: NameHolder | null }
  | { reason: 'goneCounting'; data: Absence }
  | { reason: 'laterChange'; data: LaterChange }
  | { reason: 'admin' | 'held' | 'gone' | 'unsure'; data: null }
);

/** Why a change of an earlier run cannot be taken back. */
export interface LaterChange {
  /** What is no longer as the run left it: members of a `UserState`, or one of the other words. */
  differs: (keyof UserState | 'user' | 'name' | 'access' | 'authentication' | 'mail')[];
}

/** What an answer would do to the stored user or the archive in question. */
export type Effect =
  | 'update'
  | 'rename'
  | 'takeOver'
  /** A new user; the stored one with that name is deleted, and their archive is set aside if it holds mail. */
  | 'createAndDelete'
  /** The same, unless another entry is matched with the stored user. */
  | 'createAndReconsider'
  | 'createAndSetAside'
  | 'create';

/** A possible answer for an entry in doubt, and its effect. */
export interface Answer {
  answer: 'same' | 'new';
  effect: Effect;
}

/** The administrator's answers for entries in doubt: names as listed, or patterns with `*`. */
export interface Answers {
  /** The same person: the user is updated, or the archive taken over. */
  same: readonly string[];
  /** Another person, who starts with nothing of the stored one. */
  new: readonly string[];
}

/** An entry that may be a stored user, or the last owner of an archive. */
export interface Doubt {
  type: 'doubt';
  reason: 'contradictsName' | 'contradictsDn' | 'ownerlessArchive';
  entry: number;
  /** As the directory lists it. */
  userName: string;
  listed: Profile;
  /** The user whom it may mean, or the first of several. */
  stored: UserState | null;
  /** The names of the users whom it may mean, ten at most. */
  mayMean: string[];
  /** How many more users it may mean. */
  others: number;
  archive: {
    name: string;
    messages: number;
    lastOwner: Profile | null;
  } | null;
  agrees: OptionalMember[];
  differs: OptionalMember[];
  answers: Answer[];
}

/** Something that the administrator should know; it stops nothing. */
export type Remark = { type: 'remark'; count: number } & (
  | { reason: 'sharedAddress'; examples: { address: string; userName: string; others: string[] }[] }
  | {
      reason: 'maybeSamePerson';
      examples: { userName: string; stored: string; share: 'fullName' | 'emailAddresses' }[];
    }
  | { reason: 'oddAddress'; examples: { userName: string; address: string }[] }
  /** Of an undo: who may read the archive of somebody else again. */
  | { reason: 'accessReturns'; examples: { userName: string; archive: string }[] }
);

export interface Skipped {
  type: 'skipped';
  number: number;
  userName: string | null;
  reason: SkipReason;
}

export type PlanItem = Change | Notice | Doubt | Skipped | Remark;

/** Numbers of entries or users. */
export interface Counts {
  /** All entries of the listing. */
  directory: number;
  outOfScope: number;
  skipped: number;
  /** Stored directory users before the run. */
  stored: number;
  /** Stored directory users who were found again, including those in doubt. */
  found: number;
  unchanged: number;
  created: number;
  renamed: number;
  updated: number;
  deleted: number;
  doubts: number;
  nameTaken: number;
  integrated: number;
  admin: number;
  /** Gone, and kept because deletion is off. */
  gone: number;
  /** Gone, but not yet for long enough. */
  goneCounting: number;
  /** Gone, and kept because the run would delete too many. */
  held: number;
  unsure: number;
  laterChange: number;
}

/** The result of a run. */
export interface RunResult {
  counts: Counts;
  /** Why the run is blocked; empty when it is not. */
  blocks: Block[];
  /** Why the deletions are held; null when they are not. */
  held: Block | null;
  /** Whether it deletes users who are gone, and no run before it ever did. */
  firstDeletions: boolean;
  /** Whether users are gone whom the run before did not miss, or back; of an undo, whether it marks somebody so. */
  presenceChanged: boolean;
  /** The number of the run in the history; null when nothing was committed. */
  run: number | null;
}

/** A committed run. */
export interface RunRecord {
  id: number;
  startedAt: Date;
  committedAt: Date;
  /** `user@host` */
  actor: string;
  /** Null for a run without a listing, such as an undo. */
  directory: string | null;
  version: string;
  /** The digest of the saved plan that was applied; null if there was none. */
  plan: string | null;
  /** The number of the run that was taken back; null for a synchronization. */
  undoes: number | null;
  options: unknown;
  counts: Counts;
  /** What failed of that which followed the run; null if nothing did. */
  untold: Untold[] | null;
}

export function changesOf(counts: Counts): number {
  return counts.created + counts.renamed + counts.updated + counts.deleted;
}

/** Users who are still gone are no news: whether they stay is configured. */
const untold: ReadonlySet<string> = new Set<Sort>(['gone', 'goneCounting', 'admin']);

/**
 * Whether a run has nothing to tell: no change, nobody who comes or goes, and nothing that waits for an answer. A database that
 * stays empty is told, because the directory or the scope is not as it should be, and no limit guards it.
 */
export function isUneventful({ counts, blocks, presenceChanged }: RunResult): boolean {
  if (counts.stored + counts.created === 0) return false;
  const sizes = Object.entries(sizesOf(counts));
  return blocks.length === 0 && !presenceChanged && sizes.every(([sort, n]) => n === 0 || untold.has(sort));
}

/** The number of items of each sort in a plan. */
export function sizesOf(counts: Counts): Record<Sort | 'skipped', number> {
  const { created, renamed, updated, deleted, doubts, skipped, ...notices } = counts;
  const { nameTaken, integrated, admin, held, gone, goneCounting, unsure, laterChange } = notices;
  return {
    ...{ create: created, rename: renamed, update: updated, delete: deleted },
    ...{ nameTaken, integrated, admin, held, gone, goneCounting, unsure, laterChange },
    ...{ doubt: doubts, skipped },
  };
}
