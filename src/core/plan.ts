/**
 * The plan of a run, as data: the store computes it, the reports print it, the history keeps it.
 *
 *     in the directory | in the user database            | the plan
 *     -----------------|---------------------------------|------------------------------------------------
 *     entry            | nobody                          | create; rename when its DN is that of one gone user
 *     entry            | directory user, same fields     | nothing
 *     entry            | directory user, other fields    | update
 *     entry            | integrated user                 | conflict: left alone
 *     skipped entry    | anybody of its name or DN       | nothing: left alone, and the entry is reported
 *     nobody           | directory user                  | delete, when deletion is on and he is no admin; else kept
 *     nobody           | integrated user                 | nothing
 */
export const actions = ['create', 'rename', 'update', 'delete'] as const;
export type Action = (typeof actions)[number];

/** Why somebody is left alone although the directory and the database differ. */
export const noticeKinds = ['conflict', 'protected', 'kept'] as const;
export type NoticeKind = (typeof noticeKinds)[number];

/** The order of a plan: by these, then by name. */
export const planOrder = [...actions, ...noticeKinds] as const;

/** A stored user as a plan shows him, before or after the change. */
export interface UserState {
  userName: string;
  fullName: string | null;
  distinguishedName: string | null;
  emailAddresses: string[];
  privileges: string[];
}

/** What becomes of the archive when that is not what everybody expects. */
export interface ArchiveNote {
  /** `kept`: it holds mail and stays without an owner. `takenOver`: it stood without an owner. */
  archive: 'kept' | 'takenOver';
  messages: number;
}

export interface Change {
  type: 'change';
  action: Action;
  /** The name before the change; for a new user the name he gets. */
  userName: string;
  before: UserState | null;
  after: UserState | null;
  note: ArchiveNote | null;
}

export interface Notice {
  type: 'notice';
  kind: NoticeKind;
  userName: string;
  message: string;
}

export interface Skipped {
  type: 'skipped';
  number: number;
  userName: string | null;
  reason: string;
}

export type PlanItem = Change | Notice | Skipped;

/** What a listing held, counted while it is read. */
export type Tally = Pick<Counts, 'directory' | 'outOfScope'>;

/** Numbers of entries or users. */
export interface Counts {
  /** Entries of the listing, all of them. */
  directory: number;
  outOfScope: number;
  skipped: number;
  unchanged: number;
  created: number;
  renamed: number;
  updated: number;
  deleted: number;
  /** Gone from the directory, but kept because deletion is off or not safe. */
  kept: number;
  conflicts: number;
  /** Gone from the directory, but never deleted because they are admins. */
  protected: number;
}

export function changesOf(counts: Counts): number {
  return counts.created + counts.renamed + counts.updated + counts.deleted;
}

/** How many items of a plan there are of each sort. */
export function sizesOf(counts: Counts): Record<Action | NoticeKind | 'skipped', number> {
  return {
    create: counts.created,
    rename: counts.renamed,
    update: counts.updated,
    delete: counts.deleted,
    conflict: counts.conflicts,
    protected: counts.protected,
    kept: counts.kept,
    skipped: counts.skipped,
  };
}
