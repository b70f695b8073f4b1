import type { Directory } from '../directory.ts';
import { nameOf } from '../http/settings.ts';
import { readListing } from '../listing/arrived.ts';
import { fetchListing } from './fetch-listing.ts';
import { checkPassword, type ServerSettings } from './password.ts';

/** A server that speaks the Application Integration protocol. */
export const openServer = (settings: ServerSettings): Directory => ({
  name: nameOf(settings.url),
  loginTimeout: settings.login.timeout,
  fetch: async (signal, events) => {
    const arrived = await fetchListing(settings, signal, events);
    return { entries: () => readListing(arrived), close: () => arrived.body.close() };
  },
  checkPassword: (userName, password, signal) => checkPassword(settings, userName, password, signal),
});
