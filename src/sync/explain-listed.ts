import { readEntry, type Entry, type SkippedEntry } from '../core/entry.ts';
import type { QueryKind } from '../core/explained.ts';
import type { Members } from '../core/members.ts';
import type { Listing } from '../directory/directory.ts';
import { kindsOfEntry, type QueryKeys } from './explain-query.ts';

/** An entry to explain. */
export interface Listed {
  entry: Entry | SkippedEntry;
  raw: unknown;
  kinds: QueryKind[];
}

/** Entries that belong to stored users whom the query means: by their position, or by their name. */
export interface Related {
  numbers: ReadonlySet<number>;
  nameKeys: ReadonlySet<string>;
}

/**
 * Finds the entries whom a query means, and related ones, in one pass.
 *
 * @param most how many to find of those whom it means
 */
export async function findListed(
  listing: Listing,
  members: Members,
  query: QueryKeys,
  related: Related,
  most: number,
  signal: AbortSignal,
): Promise<{ listed: Listed[]; omitted: number; entries: number }> {
  const listed: Listed[] = [];
  let [entries, hits, omitted] = [0, 0, 0];
  for await (const group of listing.entries()) {
    signal.throwIfAborted();
    for (const raw of group) {
      const entry = readEntry(raw, ++entries, members);
      const kinds = kindsOfEntry(query, entry, raw, members);
      const isRelated = related.numbers.has(entries) || related.nameKeys.has(entry.nameKey ?? '');
      if (kinds.length > 0) hits += 1;
      else if (!isRelated) continue;
      if (isRelated || hits <= most) listed.push({ entry, raw: shortened(raw), kinds });
      else omitted += 1;
    }
  }
  return { listed, omitted, entries };
}

const longest = { text: 1_000, list: 100, depth: 5 };

/** A value of any size as one that can be shown: what is too long ends with `…`. */
function shortened(value: unknown, depth = 0): unknown {
  if (typeof value === 'string')
    return value.length > longest.text ? `${value.slice(0, longest.text)}…` : value;
  if (typeof value !== 'object' || value === null) return value;
  if (depth === longest.depth) return '…';
  if (Array.isArray(value)) {
    const items = value.slice(0, longest.list).map((item) => shortened(item, depth + 1));
    return value.length > longest.list ? [...items, `… and ${value.length - longest.list} more`] : items;
  }
  const members = Object.entries(value);
  const shown = members
    .slice(0, longest.list)
    .map(([name, member]) => [shortened(name), shortened(member, depth + 1)]);
  if (members.length > longest.list) shown.push(['…', `${members.length - longest.list} more`]);
  return Object.fromEntries(shown) as unknown;
}
