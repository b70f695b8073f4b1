import type { OptionalMember } from './entry.ts';

/**
 * How much a run may change before it is refused whole.
 *
 * Up to `atLeast` changes always pass; above that a run is blocked when they are more than `percent` of the stored
 * directory users, or more than `count`.
 */
export interface Limit {
  percent: number | null;
  atLeast: number;
  count: number | null;
}

/** How many of the stored directory users have to be found again, once so many are stored. */
export interface Overlap {
  percent: number;
  fromUsers: number;
}

export interface Limits {
  deletions: Limit;
  updates: Limit;
  renames: Limit;
  creations: Limit;
  overlap: Overlap;
}

/** What the limits are held against; all are numbers of users. What was answered by name counts nowhere. */
export interface Load {
  /** Users of the database with authentication `directoryServices`. */
  stored: number;
  /** Those of them who were found again, the ones in doubt among them. */
  found: number;
  deletions: number;
  updates: number;
  renames: number;
  creations: number;
  /** Members that no entry has, though others stand in their place. */
  missing: MissingMember[];
}

/** A member that the directory calls something else. */
export interface MissingMember {
  member: OptionalMember;
  /** The unknown members that look like it. */
  seen: string[];
}

/** Why a run is refused, as numbers. */
export type Block = { changes: number; stored: number } & (
  | { limit: 'emptyList'; exceeded: null; strangers: number }
  | { limit: 'overlap'; exceeded: { percent: number } }
  | { limit: 'deletions' | 'updates' | 'renames' | 'creations'; exceeded: Exceeded }
  | ({ limit: 'missingMember'; exceeded: null } & MissingMember)
);

/** What is more than allowed: a percentage of the stored users, or a number. */
export type Exceeded = { percent: number } | { count: number };

/** Every reason to refuse the run; none when it may go on. */
export function findBlocks(load: Load, limits: Limits): Block[] {
  const { stored, found } = load;
  const blocks: Block[] = [];
  if (stored > 0 && found === 0) {
    // Whoever says that nobody has to be found again may replace everybody, but not by nobody.
    if (load.creations === 0 || limits.overlap.percent > 0) {
      blocks.push({ limit: 'emptyList', changes: 0, stored, exceeded: null, strangers: load.creations });
    }
  } else if (stored >= limits.overlap.fromUsers && found * 100 < limits.overlap.percent * stored) {
    const { percent } = limits.overlap;
    blocks.push({ limit: 'overlap', changes: found, stored, exceeded: { percent } });
  }
  for (const limit of ['deletions', 'updates', 'renames', 'creations'] as const) {
    // Whoever begins with nobody creates everybody.
    if (limit === 'creations' && stored === 0) continue;
    const exceeded = whatIsExceeded(load[limit], stored, limits[limit]);
    if (exceeded !== null) blocks.push({ limit, changes: load[limit], stored, exceeded });
  }
  if (stored === 0) {
    for (const missing of load.missing) {
      blocks.push({ limit: 'missingMember', changes: load.creations, stored, exceeded: null, ...missing });
    }
  }
  return blocks;
}

function whatIsExceeded(changes: number, stored: number, limit: Limit): Exceeded | null {
  if (changes <= limit.atLeast) return null;
  // Compared without division, so that exactly the percentage passes.
  if (limit.percent !== null && changes * 100 > limit.percent * stored) return { percent: limit.percent };
  if (limit.count !== null && changes > limit.count) return { count: limit.count };
  return null;
}

/** `25` or `10%`, given for one run in place of the configured limit; null when it is neither. */
export function parseLimit(text: string): Limit | null {
  const [, number, percent] = /^(\d{1,9}(?:\.\d{1,3})?)(%?)$/.exec(text) ?? [];
  if (number === undefined) return null;
  if (percent === '%') return { percent: Number(number), atLeast: 0, count: null };
  return number.includes('.') ? null : { percent: null, atLeast: 0, count: Number(number) };
}

/** `80%`, given for one run in place of the configured overlap; it holds from the first user on. */
export function parseOverlap(text: string): Overlap | null {
  const [, percent] = /^(\d{1,3}(?:\.\d{1,3})?)%$/.exec(text) ?? [];
  return percent === undefined || Number(percent) > 100 ? null : { percent: Number(percent), fromUsers: 1 };
}
