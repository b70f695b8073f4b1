import type { Knex } from 'knex';
import type { Untold } from '../core/attempted-run.ts';
import { Keepsake } from '../files/keepsake.ts';
import type { Store } from '../database/store.ts';
import { all, run } from '../database/query.ts';
import { briefly } from './briefly.ts';

/** The run or attempt that something followed. */
export interface RunRow {
  table: 'runs' | 'attempts';
  id: number;
}

/** What the webhook was told while the database was away, which therefore cannot know it. */
const keepsake = (store: Store) => new Keepsake(`told ${store.name} ${store.schema}`, store.actor.uid);

/** What the webhook was told last, as far as it is known; empty where it was told nothing yet. */
export async function readTold(store: Store, signal: AbortSignal): Promise<string[]> {
  const kept = await keepsake(store).read();
  if (Array.isArray(kept)) return kept.map(String);
  const told = (db: Knex.Transaction) => all<{ state: string[] }>(db, 'select state from told');
  const rows = await briefly(store, signal, told).catch(() => null);
  return rows?.[0]?.state ?? [];
}

/**
 * Records what the webhook knows now, and what failed of that which followed a run. While the database is away, this machine
 * remembers the former.
 *
 * @param row null if the run is not in the history
 * @throws Error when it cannot be recorded
 */
export async function recordTold(
  store: Store,
  state: readonly string[],
  untold: Untold[],
  row: RunRow | null,
  signal: AbortSignal,
): Promise<void> {
  const recorded = briefly(store, signal, async (db) => {
    await run(db, 'delete from told');
    await run(db, 'insert into told (state) values (?)', [state]);
    if (row !== null && untold.length > 0)
      await run(db, `update ${row.table} set untold = ? where id = ?`, [JSON.stringify(untold), row.id]);
    return true;
  });
  if ((await recorded.catch(() => null)) === true) await keepsake(store).remove();
  else await keepsake(store).write(state);
}
