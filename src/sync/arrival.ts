import type { Store } from '../database/store.ts';
import { inTransaction } from '../database/transaction.ts';
import type { Directory, FetchEvents, Listing } from '../directory/directory.ts';
import { Fingerprints } from './fingerprints.ts';

/**
 * Fetches the listing. Meanwhile, reads the fingerprints of the stored users in a short transaction of their own: none is
 * open as long as a listing takes to arrive.
 *
 * @returns the listing, for the caller to close; the fingerprints are null if they could not be read, or are not wanted
 */
export async function fetchMeanwhile(
  directory: Directory,
  store: Store,
  wantsFingerprints: boolean,
  signal: AbortSignal,
  events: FetchEvents,
): Promise<{ listing: Listing; early: Fingerprints | null }> {
  const failed = new AbortController();
  const reading = wantsFingerprints ? readEarly(store, AbortSignal.any([signal, failed.signal])) : null;
  try {
    const listing = await directory.fetch(signal, events);
    return { listing, early: await reading };
  } catch (error) {
    failed.abort(error);
    await reading;
    throw error;
  }
}

async function readEarly(store: Store, signal: AbortSignal): Promise<Fingerprints | null> {
  try {
    return await inTransaction(store, 'readOnly', signal, async (db) => ({
      commit: false,
      value: await Fingerprints.read(db, signal),
    }));
  } catch {
    // Whatever fails here fails again in the transaction of the run, which says so.
    return null;
  }
}
