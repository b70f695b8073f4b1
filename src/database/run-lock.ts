import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { visible } from '../core/printable.ts';
import { all, one } from './query.ts';
import type { Store } from './store.ts';

/** `roll` in ASCII; it keeps our advisory locks apart from those of other programs. */
const ours = 0x726f6c6c;

/**
 * Takes the lock of the user database for the rest of this transaction, without waiting. It ends with the transaction,
 * even if this process dies, and works behind a pooler.
 *
 * @throws RollcallError (75) that says who holds it and since when
 */
export async function lockDatabase(db: Knex.Transaction, store: Store): Promise<void> {
  const key = createHash('sha256').update(store.schema).digest().readUInt32BE() >>> 1;
  const { locked } = await one<{ locked: boolean }>(db, 'select pg_try_advisory_xact_lock(?, ?) as locked', [
    ours,
    key,
  ]);
  if (locked) return;
  const holders = await all<{ name: string; address: string | null; since: Date | null }>(
    db,
    `select application_name as name, client_addr::text as address, xact_start as since
     from pg_locks join pg_stat_activity using (pid)
     where locktype = 'advisory' and granted and classid = ? and objid = ?
       and pg_locks.database = (select oid from pg_database where datname = current_database())`,
    [ours, key],
  );
  const [holder] = holders;
  const who = holder
    ? visible(holder.name || `a connection from ${holder.address ?? 'this machine'}`)
    : 'another run';
  const since = holder?.since ? `, in a transaction since ${holder.since.toISOString()}` : '';
  throw new RollcallError('locked', `the database ${store.name} is in use by ${who}${since}`);
}
