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

/** What is known after something followed a run. */
export interface Told {
  /** What the webhook knows now. */
  state: readonly string[];
  untold: Untold[];
  /** Null if the run is not in the history. */
  row: RunRow | null;
}

/** What the webhook was told while the database was away, which therefore cannot know it. */
const keepsake = ({ name, schema, actor }: Store, folder?: string) =>
  new Keepsake(`told ${name} ${schema}`, actor.uid, folder);

/**
 * What the webhook was told last, as far as it is known; empty where it was told nothing yet.
 *
 * @param isAway whether the database need not be asked
 * @param folder where this machine remembers; by default, the private folder of this user
 */
export async function readTold(
  store: Store,
  isAway: boolean,
  folder: string | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  const kept = (await keepsake(store, folder).read()) as { at: number; state: string[] } | null;
  const query = `select state, extract(epoch from told_at)::float8 * 1000 as at from told`;
  const read = (db: Knex.Transaction) => all<{ state: string[]; at: number }>(db, query);
  const rows = isAway ? null : await briefly(store, signal, read).catch(() => null);
  const told = [...(rows ?? []), ...(kept === null ? [] : [kept])];
  return told.sort((a, b) => b.at - a.at)[0]?.state.map(String) ?? [];
}

/**
 * Records what the webhook knows now, and what failed of that which followed a run. While the database is away, this machine
 * remembers the former.
 *
 * @throws Error when nothing can remember it
 */
export async function recordTold(
  store: Store,
  { state, untold, row }: Told,
  isAway: boolean,
  folder: string | undefined,
): Promise<void> {
  const write = async (db: Knex.Transaction) => {
    await run(db, 'delete from told');
    await run(db, 'insert into told (state) values (?)', [state]);
    if (row !== null && untold.length > 0)
      await run(db, `update ${row.table} set untold = ? where id = ?`, [JSON.stringify(untold), row.id]);
    return true;
  };
  const never = new AbortController().signal;
  const isRecorded = isAway ? null : await briefly(store, never, write).catch(() => null);
  if (isRecorded === true) await keepsake(store, folder).remove();
  else await keepsake(store, folder).write({ at: Date.now(), state });
}
