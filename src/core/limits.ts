/**
 * How much a run may delete or update before it is refused whole.
 *
 * Up to `atLeast` changes always pass; above that a run is blocked when they are more than `percent` of the stored
 * directory users, or more than `count`.
 */
export interface Limit {
  percent: number | null;
  atLeast: number;
  count: number | null;
}

export interface Limits {
  deletions: Limit;
  updates: Limit;
}

/** What the limits are held against; all are numbers of users. */
export interface Load {
  /** Users of the database with authentication `directoryServices`. */
  stored: number;
  /** Entries that are in scope and could be read. */
  listed: number;
  deletions: number;
  /** Updates and renames. */
  updates: number;
}

/** Why a run is refused. */
export interface Block {
  limit: 'emptyList' | 'deletions' | 'updates';
  message: string;
}

/** Every reason to refuse the run; none when it may go on. */
export function findBlocks(load: Load, limits: Limits): Block[] {
  const blocks: Block[] = [];
  if (load.stored > 0 && load.listed === 0) {
    blocks.push({
      limit: 'emptyList',
      message:
        `the directory lists nobody who is in scope and can be read, but ${load.stored} of its users are stored; ` +
        'an empty listing never changes anything',
    });
  }
  for (const [limit, changes, option, verb] of [
    ['deletions', load.deletions, '--max-deletes', 'delete'],
    ['updates', load.updates, '--max-updates', 'update'],
  ] as const) {
    const exceeded = whatIsExceeded(changes, load.stored, limits[limit]);
    if (exceeded !== null) {
      blocks.push({
        limit,
        message: `it would ${verb} ${changes} of ${load.stored} stored directory users, more than ${exceeded}; to allow it this once: ${option} ${changes}`,
      });
    }
  }
  return blocks;
}

function whatIsExceeded(changes: number, stored: number, limit: Limit): string | null {
  if (changes <= limit.atLeast) return null;
  // Compared without division, so that exactly the percentage passes.
  if (limit.percent !== null && changes * 100 > limit.percent * stored) return `${limit.percent} %`;
  if (limit.count !== null && changes > limit.count) return `the ${limit.count} that the limit allows`;
  return null;
}

/** `25` or `10%`, given for one run in place of the configured limit; null when it is neither. */
export function parseLimit(text: string): Limit | null {
  const [, number, percent] = /^(\d{1,9}(?:\.\d{1,3})?)(%?)$/.exec(text) ?? [];
  if (number === undefined) return null;
  if (percent === '%') return { percent: Number(number), atLeast: 0, count: null };
  return number.includes('.') ? null : { percent: null, atLeast: 0, count: Number(number) };
}
