import type { Knex } from 'knex';
import { changesOf, type Counts } from '../core/plan.ts';

/**
 * Renews the statistics of the tables after a run that has changed many users, where Postgres would do so by itself, but
 * minutes later, and never in an embedded store. Until then, the next run might take thousands of users for a few, and
 * compare each with each.
 */
export async function renewStatistics(db: Knex.Transaction, counts: Counts): Promise<void> {
  if (changesOf(counts) <= 50 + 0.1 * (counts.stored + counts.created)) return;
  // Who maintains a table at this moment is not waited for, and a role that does not own it need not be told. The columns
  // are those that tables are joined by: those of addresses would take five times as long.
  await db.raw(`
    set local client_min_messages = error;
    analyze (skip_locked) users (id, name_key, dn_key), archives (id, owner_id), archive_access (archive_id);
    set local client_min_messages to default`);
}
