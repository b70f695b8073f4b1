import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { createDatabase } from '../servers/database.ts';

export const kinds = ['postgres', 'embedded'] as const;

export const actor = { user: 'tester', host: 'here', pid: 1, since: new Date('2026-01-01T00:00:00Z') };

/** An empty store of one kind; `remove` closes it and leaves nothing behind. */
export async function newStore(
  kind: (typeof kinds)[number],
): Promise<{ store: Store; remove: () => Promise<void> }> {
  if (kind === 'postgres') {
    const { url, drop } = await createDatabase();
    const store = await openStore({ kind, url, schema: 'rollcall' }, actor);
    return {
      store,
      remove: async () => {
        await store.close();
        await drop();
      },
    };
  }
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
  const store = await openStore({ kind, folder: join(folder, 'store') }, actor);
  return {
    store,
    remove: async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}
