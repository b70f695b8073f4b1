import type { ChalkInstance } from 'chalk';
import type { About } from '../core/saved.ts';
import type { Block } from '../core/limits.ts';
import { sizesOf, type Counts, type PlanItem, type RunRecord } from '../core/plan.ts';

/** What a format knows before the plan. */
export interface Header {
  /** The command without options: `sync test`. */
  command: string;
  mode: 'test' | 'now' | 'undo' | 'history';
  version: string;
  startedAt: Date;
  /** Null where none was asked, as for an undo. */
  directory: string | null;
  database: string;
  /** The digest of a saved plan; null if there is none. */
  plan: string | null;
  /** The run that an undo takes back; null for other plans. */
  undoes: number | null;
  /** The committed run in mode `history`; otherwise null. */
  record: RunRecord | null;
  /** What a saved plan says about itself, where it is shown. */
  saved?: About;
}

/** What a format knows after the plan. */
export interface Summary extends Header {
  counts: Counts;
  blocks: Block[];
  /** Why the deletions are held; null when they are not. */
  held?: Block | null;
  /** Whether no run before it deleted users who were gone, and it does. */
  firstDeletions?: boolean;
  /** Whether somebody is marked as gone or as back. */
  presenceChanged?: boolean;
  committed: boolean;
  /** The number of the run in the history; null when nothing was committed. */
  run: number | null;
  /** The name of the exit code. */
  outcome: string;
  exitCode: number;
  durationMs: number;
  /** The command that commits what a test found; null if no command does. */
  next: string | null;
}

/** Whether the plan is one that could be committed next. */
export const isTest = ({ mode, next, committed }: Summary): boolean =>
  mode === 'test' || (mode === 'undo' && next !== null && !committed);

/** One way to print a plan. Every piece ends with a newline. */
export interface Format {
  /** Whether all items are always printed. Other formats get only the first of each sort, unless all are asked for. */
  isForMachines: boolean;
  header: (header: Header) => string;
  item: (item: PlanItem) => string | Promise<string>;
  /** The note about items of one sort that are not printed. */
  omitted: (count: number) => string;
  summary: (summary: Summary) => string;
}

/** @param paint colors for a terminal; it may be without colors */
export type MakeFormat = (paint: ChalkInstance) => Format;

/**
 * Prints the items of a plan, and how many of each sort are omitted.
 *
 * @param items may be more than `most` of each sort
 */
export async function* printItems(
  format: Format,
  items: AsyncIterable<PlanItem>,
  counts: Counts,
  most: number | null,
): AsyncGenerator<string> {
  const sizes = sizesOf(counts);
  let sort: keyof typeof sizes | null = null;
  let printed = 0;
  const endOfSort = () => {
    const omitted = sort === null || most === null ? 0 : sizes[sort] - most;
    return omitted > 0 ? format.omitted(omitted) : '';
  };
  for await (const item of items) {
    const next = sortOf(item);
    if (next !== sort) {
      yield endOfSort();
      printed = 0;
    }
    sort = next;
    printed += 1;
    if (sort === null || most === null || printed <= most) yield format.item(item);
  }
  yield endOfSort();
}

function sortOf(item: PlanItem) {
  switch (item.type) {
    case 'change':
      return item.action;
    case 'notice':
      return item.reason;
    // There is one remark for each reason, so remarks are never omitted.
    case 'remark':
      return null;
    default:
      return item.type;
  }
}
