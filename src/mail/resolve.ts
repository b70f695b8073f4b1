import { catchAll } from '../core/names.ts';
import { readAnyVersion } from '../database/access.ts';
import type { Store } from '../database/store.ts';
import { archivesOf } from './messages.ts';

/**
 * The sorted names of all archives that at least one of the addresses belongs to; the catch-all if there are none. It
 * needs only the right to read, and works even before the first run of a newer rollcall upgrades the schema.
 *
 * @param addressKeys as `addressKeyOf` returns them
 */
export async function resolveArchives(
  store: Store,
  addressKeys: string[],
  signal: AbortSignal,
): Promise<string[]> {
  const names = await readAnyVersion<string[]>(store, signal, [], (db) => archivesOf(db, addressKeys));
  return names.length > 0 ? names : [catchAll];
}
