import type { SkipReason } from './entry.ts';

/**
 * The plan of a run, as data: a comparison fills it, the limits are held against it, the reports print it, the history
 * keeps it, and applying it asks nothing else.
 *
 *     in the directory | in the user database              | the plan
 *     -----------------|-----------------------------------|------------------------------------------------
 *     entry            | nobody                            | create
 *     entry            | the same person                   | nothing; update or rename where they differ
 *     entry            | somebody who may be that person   | doubt: nothing is written for either
 *     entry            | integrated user of the name       | notice `integrated`
 *     entry            | somebody else has the new name    | notice `nameTaken`: kept under the old one, or not created
 *     skipped entry    | whoever it may mean               | nothing: left alone, and the entry is reported
 *     nobody           | directory user                    | delete, when deletion is on; else notice `gone`
 *     nobody           | directory user who is an admin    | notice `admin`
 *     nobody, but an entry that may be anybody's           | notice `unsure`
 *     nobody           | integrated user                   | nothing
 *
 * Who is the same person is decided in core/identity.ts.
 */
export const actions = ['create', 'rename', 'update', 'delete'] as const;
export type Action = (typeof actions)[number];

/** Why somebody is left alone although the directory and the database differ. */
export const noticeReasons = ['nameTaken', 'integrated', 'admin', 'gone', 'unsure'] as const;
export type NoticeReason = (typeof noticeReasons)[number];

/** The order of a plan: by these, then by name. */
export const planOrder = [...actions, ...noticeReasons, 'doubt'] as const;
export type Sort = (typeof planOrder)[number];

/** How an entry was found to be a stored user; `same` and `new` are answers of the administrator. */
export type Identity = 'distinguishedName' | 'name' | 'same' | 'new';

/** A stored user as a plan shows them, before or after the change. */
export interface UserState {
  userName: string;
  fullName: string | null;
  distinguishedName: string | null;
  emailAddresses: string[];
  privileges: string[];
  /** The name of the archive that is theirs. */
  archive: string | null;
}

/** What becomes of an archive that is left, taken or in the way. */
export interface ArchiveChange {
  /**
   * `kept`: it holds mail and stays without an owner. `takenOver`: it stood without an owner. `setAside`: it stays
   * without an owner under another name. `deleted`: it held no mail.
   */
  outcome: 'kept' | 'takenOver' | 'setAside' | 'deleted';
  /** After the run; of a deleted one the last. */
  name: string;
  messages: number;
  /** Who else could read it until now. */
  accessEnded: string[];
}

export interface Change {
  type: 'change';
  action: Action;
  /** The name before the change; for a new user the name they get. */
  userName: string;
  before: UserState | null;
  after: UserState | null;
  identity: Identity | null;
  archive: ArchiveChange | null;
}

/** What stands in the way of a name. */
export interface NameHolder {
  /** The name that could not be given; null where renames are off. */
  wanted: string;
  by: 'user' | 'integrated' | 'archive' | 'renamesOff';
  holder: string | null;
}

export interface Notice {
  type: 'notice';
  reason: NoticeReason;
  userName: string;
  /** The position of the entry in the listing, where there is one. */
  entry: number | null;
  /** Of `nameTaken`. */
  data: NameHolder | null;
}

export type Member = 'fullName' | 'distinguishedName' | 'emailAddresses';

/** What an answer would do to the user who is meant, or to the archive. */
export type Effect =
  | 'update'
  | 'rename'
  | 'takeOver'
  /** A new user; the stored one of that name is deleted, and an archive with mail is set aside. */
  | 'createAndDelete'
  /** The same, unless another entry turns out to mean the stored one. */
  | 'createAndReconsider'
  | 'createAndSetAside'
  | 'create';

export interface Answer {
  option: '--same' | '--new';
  effect: Effect;
}

/** An entry that may or may not be a stored user, or the last owner of an archive. */
export interface Doubt {
  type: 'doubt';
  reason: 'contradictsName' | 'contradictsDn' | 'ownerlessArchive';
  entry: number;
  /** As the directory lists it. */
  userName: string;
  listed: Omit<UserState, 'privileges' | 'archive'>;
  /** Whom it may mean, or the first of them. */
  stored: UserState | null;
  /** All whom it may mean, by name; no more than ten. */
  mayMean: string[];
  /** How many more they are. */
  others: number;
  archive: {
    name: string;
    messages: number;
    lastOwner: Omit<UserState, 'privileges' | 'archive'> | null;
  } | null;
  agrees: Member[];
  differs: Member[];
  answers: Answer[];
}

/** Something that is carried out all the same, and that somebody should know. */
export type Remark = { type: 'remark'; count: number } & (
  | { reason: 'sharedAddress'; examples: { address: string; userName: string; others: string[] }[] }
  | {
      reason: 'maybeSamePerson';
      examples: { userName: string; stored: string; share: 'fullName' | 'emailAddresses' }[];
    }
  | { reason: 'oddAddress'; examples: { userName: string; address: string }[] }
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
  /** Entries of the listing, all of them. */
  directory: number;
  outOfScope: number;
  skipped: number;
  /** Stored directory users before the run. */
  stored: number;
  /** Those of them whom the listing has, the ones in doubt among them. */
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
  gone: number;
  unsure: number;
}

export function changesOf(counts: Counts): number {
  return counts.created + counts.renamed + counts.updated + counts.deleted;
}

/** How many items of a plan there are of each sort. */
export function sizesOf(counts: Counts): Record<Sort | 'skipped', number> {
  const { created, renamed, updated, deleted, doubts, skipped, nameTaken, integrated, admin, gone, unsure } =
    counts;
  return {
    ...{ create: created, rename: renamed, update: updated, delete: deleted },
    ...{ nameTaken, integrated, admin, gone, unsure, doubt: doubts, skipped },
  };
}
