import { catchAll, keyOf } from '../core/names.ts';
import { readAnyVersion } from '../database/access.ts';
import type { Store } from '../database/store.ts';
import { matchesOf } from './matches.ts';

/** Where mail goes. */
export interface Resolved {
  /** The sorted names of all archives; the catch-all alone if no address has a user. */
  archives: string[];
  /** Which address gave what. */
  addresses: { address: string; archives: string[] }[];
}

/**
 * Finds the archives that at least one of the addresses belongs to. It needs only the right to read, and works even before
 * the first run of a newer rollcall upgrades the schema.
 *
 * @param keys as `addressesOf` and `addressKeysIn` return them
 */
export async function resolveArchives(
  store: Store,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<Resolved> {
  const matches = await readAnyVersion(store, signal, [], (db) =>
    matchesOf(
      db,
      keys.map((key) => [key]),
    ),
  );
  const addresses = keys.map((address, i) => ({
    address,
    archives: (matches[i] ?? []).map(({ name }) => name),
  }));
  const names = new Set(addresses.flatMap(({ archives }) => archives));
  return { archives: names.size > 0 ? [...names].sort(byKey) : [catchAll], addresses };
}

const byKey = (a: string, b: string) => (keyOf(a) < keyOf(b) ? -1 : 1);
