import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Databases } from './databases.ts';
import { EmbeddedStores } from './embedded-stores.ts';
import { Listings } from './listings.ts';

/** A directory and the stores to keep in step with it; `close` removes it all. */
export interface Laboratory {
  folder: string;
  listings: Listings;
  databases: Databases;
  embedded: EmbeddedStores;
  close: () => Promise<void>;
}

export async function openLaboratory(signal: AbortSignal): Promise<Laboratory> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-bench-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  let listings: Listings | null = null;
  try {
    // Dovecot reads the configuration under a user of its own.
    await chmod(folder, 0o711);
    const served = (listings = await Listings.serve(folder));
    const databases = await Databases.start(served, signal);
    const embedded = new EmbeddedStores(folder, served, signal);
    const close = async () => {
      served.close();
      await databases.stop();
      await remove();
    };
    return { folder, listings: served, databases, embedded, close };
  } catch (error) {
    listings?.close();
    await remove();
    throw error;
  }
}
