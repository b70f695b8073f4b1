import type { Block } from '../core/limits.ts';
import { sizesOf, type Counts, type PlanItem } from '../core/plan.ts';

/** What is known before the plan. */
export interface Header {
  /** As it was typed, without options: `sync test`. */
  command: string;
  mode: 'test' | 'now';
  version: string;
  startedAt: Date;
  directory: string;
  database: string;
  /** The digest of a saved plan. */
  plan: null;
}

/** What is known after it. */
export interface Summary extends Header {
  counts: Counts;
  blocks: Block[];
  committed: boolean;
  /** The number in the history. */
  run: number | null;
  /** How the command ends: the name of the exit code, and its number. */
  outcome: string;
  exitCode: number;
  durationMs: number;
  /** What a test found can be committed with this. */
  next: string;
}

/** One way to print a result. Every piece ends with a line feed. */
export interface Format {
  header: (header: Header) => string;
  item: (item: PlanItem) => string;
  /** Stands for the items of one sort that are not printed. */
  omitted: (count: number) => string;
  summary: (summary: Summary) => string;
}

/** Prints the items of a plan, and says how many of each sort are not among them. */
export async function* printItems(
  format: Format,
  items: AsyncIterable<PlanItem>,
  counts: Counts,
  most: number | null,
): AsyncGenerator<string> {
  const sizes = sizesOf(counts);
  let sort: keyof typeof sizes | null = null;
  const endOfSort = () => {
    const omitted = sort === null || most === null ? 0 : sizes[sort] - most;
    return omitted > 0 ? format.omitted(omitted) : '';
  };
  for await (const item of items) {
    const next = sortOf(item);
    if (next !== sort) yield endOfSort();
    sort = next;
    yield format.item(item);
  }
  yield endOfSort();
}

function sortOf(item: PlanItem) {
  switch (item.type) {
    case 'change':
      return item.action;
    case 'notice':
      return item.reason;
    // Each reason is one remark, so that none is left out.
    case 'remark':
      return null;
    default:
      return item.type;
  }
}
