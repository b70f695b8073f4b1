import type { Untold } from '../core/attempted-run.ts';
import type { Store } from '../database/store.ts';
import { all, run } from '../database/query.ts';
import { briefly } from './briefly.ts';

/** The run or attempt that something followed. */
export interface RunRow {
  table: 'runs' | 'attempts';
  id: number;
}

/**
 * What the webhook was told last; empty where it was told nothing yet.
 *
 * @throws Error when the database cannot be asked
 */
export async function readTold(store: Store, signal: AbortSignal): Promise<string[]> {
  const rows = await briefly(store, signal, (db) => all<{ state: string[] }>(db, 'select state from told'));
  return rows?.[0]?.state ?? [];
}

/**
 * Records what the webhook knows now, and what failed of that which followed a run.
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
  await briefly(store, signal, async (db) => {
    await run(db, 'delete from told');
    await run(db, 'insert into told (state) values (?)', [state]);
    if (row !== null && untold.length > 0)
      await run(db, `update ${row.table} set untold = ? where id = ?`, [JSON.stringify(untold), row.id]);
  });
}
