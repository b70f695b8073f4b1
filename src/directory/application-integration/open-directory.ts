import type { Directory } from '../directory.ts';
import { nameOf, type HttpSettings } from '../http/settings.ts';
import { fetchListing, readListing } from './listing.ts';

/** A directory that speaks the Application Integration protocol. */
export const openDirectory = (settings: HttpSettings): Directory => ({
  name: nameOf(settings.url),
  fetch: async (signal, events) => {
    const arrived = await fetchListing(settings, signal, events);
    return { entries: () => readListing(arrived), close: () => arrived.body.close() };
  },
});
