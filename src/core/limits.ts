import type { OptionalMember } from './members.ts';

/**
 * How much a run may change before it is blocked.
 *
 * Up to `atLeast` changes always pass. Above that, the run is blocked if they exceed `percent` of the stored directory
 * users, or `count`.
 */
export interface Limit {
  percent: number | null;
  atLeast: number;
  count: number | null;
}

/** What happens where too many would be deleted: the run is blocked (the default), or only its deletions are held. */
export interface DeletionLimit extends Limit {
  onExceeded?: 'block' | 'hold';
}

/** The percentage of stored directory users that must be found again, once `fromUsers` are stored. */
export interface Overlap {
  percent: number;
  fromUsers: number;
}

export interface Limits {
  deletions: DeletionLimit;
  updates: Limit;
  renames: Limit;
  creations: Limit;
  overlap: Overlap;
}

/** What the limits are compared with, in numbers of users. Changes that an answer decided are not counted. */
export interface Load {
  /** Stored users with authentication `directoryServices`. */
  stored: number;
  /** Stored directory users who were found again, including those in doubt. */
  found: number;
  deletions: number;
  updates: number;
  renames: number;
  creations: number;
  /** Members that no entry has, although entries have unknown members that look like them. */
  missing: MissingMember[];
}

/** A member that the directory probably sends under another name. */
export interface MissingMember {
  member: OptionalMember;
  /** What the directory is said to call it. */
  called: string;
  /** The unknown members that look like it; there may be none if it is called otherwise. */
  seen: string[];
}

/** Why a run is blocked, in numbers. */
export type Block = { changes: number; stored: number } & (
  | { limit: 'emptyList'; exceeded: null; strangers: number }
  | { limit: 'overlap'; exceeded: { percent: number } }
  | { limit: 'deletions' | 'updates' | 'renames' | 'creations'; exceeded: Exceeded }
  | ({ limit: 'missingMember'; exceeded: null } & MissingMember)
);

/** The value that was exceeded: a percentage of the stored users, or a number. */
export type Exceeded = { percent: number } | { count: number };

/**
 * Every reason to block the run; empty when it may go on.
 *
 * @param acceptMissing members that may be missing in every entry
 */
export function findBlocks(
  load: Load,
  limits: Limits,
  acceptMissing: readonly OptionalMember[] = [],
): Block[] {
  const { stored, found } = load;
  const blocks: Block[] = [];
  if (stored > 0 && found === 0) {
    // An overlap of 0% allows a run to replace every user, but not to leave none.
    if (load.creations === 0 || limits.overlap.percent > 0) {
      blocks.push({ limit: 'emptyList', changes: 0, stored, exceeded: null, strangers: load.creations });
    }
  } else if (stored >= limits.overlap.fromUsers && found * 100 < limits.overlap.percent * stored) {
    const { percent } = limits.overlap;
    blocks.push({ limit: 'overlap', changes: found, stored, exceeded: { percent } });
  }
  for (const limit of ['deletions', 'updates', 'renames', 'creations'] as const) {
    // A first run creates every user.
    if (limit === 'creations' && stored === 0) continue;
    const exceeded = whatIsExceeded(load[limit], stored, limits[limit]);
    if (exceeded !== null) blocks.push({ limit, changes: load[limit], stored, exceeded });
  }
  if (stored === 0) {
    for (const missing of load.missing) {
      if (acceptMissing.includes(missing.member)) continue;
      blocks.push({ limit: 'missingMember', changes: load.creations, stored, exceeded: null, ...missing });
    }
  }
  return blocks;
}

/** The block that only holds the deletions of a run; null where the run has no block, or another one. */
export function heldInstead(blocks: readonly Block[], { deletions }: Limits): Block | null {
  const [block, ...others] = blocks;
  return block?.limit === 'deletions' && others.length === 0 && deletions.onExceeded === 'hold'
    ? block
    : null;
}

function whatIsExceeded(changes: number, stored: number, limit: Limit): Exceeded | null {
  if (changes <= limit.atLeast) return null;
  // Without division, so that rounding cannot block exactly the allowed percentage.
  if (limit.percent !== null && changes * 100 > limit.percent * stored) return { percent: limit.percent };
  if (limit.count !== null && changes > limit.count) return { count: limit.count };
  return null;
}
