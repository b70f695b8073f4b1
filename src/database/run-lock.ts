import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { visible } from '../core/printable.ts';
import { all, one } from './query.ts';
import {
  firstMigration,
  migratedRows,
  schemaState,
  stateOf,
  type Migrated,
  type SchemaState,
} from './schema/state.ts';
import type { Store } from './store.ts';

/**
 * Takes the lock of the user database for the rest of this transaction, without waiting. It is a row that only a role
 * that may write to the tables can lock; it ends with the transaction, even if this process dies, and works behind a
 * pooler. Without a schema there is nothing to lock: then creating it keeps others out.
 *
 * @param mode a `temporary` transaction does without the lock if the role may only read: it sees one state anyway
 * @returns the state of the schema, which nobody else can change any more
 * @throws RollcallError (75) that says who holds it and since when, or as `schemaState` does
 */
export async function lockDatabase(
  db: Knex.Transaction,
  store: Store,
  mode: 'temporary' | 'write',
): Promise<SchemaState> {
  const state = await schemaState(db, store);
  if (state === 'none' || (mode === 'temporary' && !(await mayLock(db)))) return state;
  // Not NOWAIT, whose error would end the transaction before anybody can ask who holds the row. And the state again,
  // because another process may have upgraded it before this one had the lock.
  const [locked, migrated] = await db.raw<{ rows: Migrated[] }[]>(
    `select from migrations where ${lockRow} for update skip locked; ${migratedRows(store)}`,
  );
  if ((locked?.rows.length ?? 0) > 0) return stateOf(migrated?.rows ?? [], store);
  throw new RollcallError('locked', `the database ${store.name} is in use by ${await findHolder(db)}`);
}

const lockRow = `name = '${firstMigration}'`;

export const mayLock = async (db: Knex.Transaction) =>
  (await one<{ may: boolean }>(db, `select has_table_privilege('migrations', 'update') as may`)).may;

/** Whoever has locked the database for a run now; null if nobody has. It takes no lock, and needs only to read. */
export async function runUnderWay(db: Knex.Transaction): Promise<string | null> {
  const [holder] = await holders(db, false);
  return holder === undefined ? null : holderText(holder);
}

/**
 * Tries whether a lock of this kind keeps a second session out. It is a lock on another row than that of a run, which
 * is thus never refused.
 *
 * @returns whether this transaction has it now; null if there is no such row
 */
export async function tryOtherLock(db: Knex.Transaction): Promise<boolean | null> {
  const row = `name = (select max(name) from migrations where name <> '${firstMigration}')`;
  const { found } = await one<{ found: boolean }>(
    db,
    `select exists (select from migrations where ${row}) as found`,
  );
  if (!found) return null;
  return (await all(db, `select from migrations where ${row} for update skip locked`)).length > 0;
}

interface Holder {
  process: number;
  role: string | null;
  /** Null through a socket, and for a role that may not see it. */
  address: string | null;
  /** What the program says about itself. */
  name: string | null;
  since: Date | null;
}

/** What the server knows about the transaction that has locked the row. */
async function findHolder(db: Knex.Transaction): Promise<string> {
  const [holder] = await holders(db, true);
  return holder === undefined ? 'another process' : holderText(holder);
}

/** @param isLocked whether somebody is known to have locked the row; then also who has locked rows of the table the longest */
const holders = (db: Knex.Transaction, isLocked: boolean) =>
  all<Holder>(
    db,
    // The row names the transaction, unless several have locked it.
    `select pid as process, usename as role, host(client_addr) as address, application_name as name, xact_start as since
     from migrations, pg_locks join pg_stat_activity using (pid)
     where ${lockRow} and granted and pid <> pg_backend_pid() and (
       transactionid = migrations.xmax
       or ${isLocked} and relation = 'migrations'::regclass and mode = 'RowShareLock'
         and pg_locks.database = (select oid from pg_database where datname = current_database())
     )
     order by transactionid is null, xact_start limit 1`,
  );

function holderText({ process, role, address, name, since }: Holder): string {
  return [
    name ? `"${visible(name)}"` : 'another process',
    ` (role ${visible(role ?? 'unknown')}${address === null ? '' : ` from ${address}`}, server process ${process})`,
    since === null ? '' : `, in a transaction since ${since.toISOString()}`,
  ].join('');
}
