import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { openStore } from '../../src/database/open-store.ts';
import type { Store } from '../../src/database/store.ts';
import { createDatabase } from '../servers/database.ts';
import { postgresSettings } from '../servers/postgres-settings.ts';

export const kinds = ['postgres', 'embedded'] as const;

/** Whether all cases are wanted, as `npm run test:cases` and `npm run test:mistakes` do it, and not only the part of `npm test`. */
export const isWhole = process.env['ROLLCALL_ALL_CASES'] !== undefined;

/**
 * The stores for what Postgres itself decides: the embedded store is Postgres, too, and slower to test.
 * `npm run test:cases` takes both.
 */
export const serverKinds: readonly (typeof kinds)[number][] = isWhole ? kinds : ['postgres'];

/**
 * Every so many of the cases, and half as many on the embedded store, which is Postgres, too, and slower to test;
 * `npm run test:cases` takes all of them.
 */
export const thinned = <T>(kind: (typeof kinds)[number], all: readonly T[], step = 1): T[] =>
  all.filter((_, i) => isWhole || i % (kind === 'postgres' ? step : Math.max(4, 2 * step)) === 0);

/** Every so many of these cases, or all of them. */
export const partOf = <T>(all: readonly T[], step: number): T[] =>
  all.filter((_, i) => isWhole || i % step === 0);

export const actor = { user: 'tester', host: 'here', pid: 1, uid: process.getuid?.() ?? 0 };

/** An empty store of one kind; `remove` closes it and leaves nothing behind. */
export async function newStore(
  kind: (typeof kinds)[number],
): Promise<{ store: Store; remove: () => Promise<void> }> {
  if (kind === 'postgres') {
    const { url, drop } = await createDatabase();
    const store = await openStore(postgresSettings(url), actor);
    return {
      store,
      remove: async () => {
        await store.close();
        await drop();
      },
    };
  }
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
  const template = inject('embeddedTemplate');
  if (template !== '') cpSync(template, folder, { recursive: true });
  const store = await openStore({ kind, folder }, actor);
  return {
    store,
    remove: async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}
