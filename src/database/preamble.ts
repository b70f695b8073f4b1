import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { codeOf } from './failure.ts';
import { quoted, type Store } from './store.ts';

/**
 * What a transaction may do. `readOnly`: nothing but read, which a standby allows, too. `temporary`: also create
 * temporary tables; it sees one state of the database throughout. `write`: whatever the server allows.
 */
export type Mode = 'readOnly' | 'temporary' | 'write';

/**
 * A role or database may be read-only by default. That does not concern a transaction that is rolled back, but one that
 * writes respects it: it is how administrators freeze a database.
 */
const modes: Record<Mode, string> = {
  readOnly: 'isolation level read committed, read only',
  temporary: 'isolation level repeatable read, read write',
  write: 'isolation level read committed',
};

/** Roles and databases can have settings that change the meaning of what is sent or read. */
const pinned = `
  set local client_encoding to 'UTF8';
  set local datestyle to 'ISO';
  set local bytea_output to 'hex';
  set local array_nulls to on;
  set local gin_fuzzy_search_limit to 0;
  set local row_security to off;
  set local standard_conforming_strings to on;`;

/**
 * Prepares a transaction that has just begun. All settings are local to it, so that they hold behind a pooler, too.
 *
 * @returns the number of the server process, by which the transaction can be cancelled
 * @throws RollcallError when the server is a standby, or read-only, and `mode` needs more
 */
export async function prepareSession(db: Knex.Transaction, store: Store, mode: Mode): Promise<number> {
  const { backend, standby, frozen, replica } = await start(db, store, mode);
  if (mode === 'readOnly') return backend;
  if (standby) throw standbyError(store);
  if (frozen) throw unfit(store, 'is read-only for this role (default_transaction_read_only is on)');
  if (replica) {
    throw unfit(
      store,
      'does not check keys for this role (session_replication_role is not origin); reset it',
    );
  }
  return backend;
}

interface Session {
  backend: number;
  standby: boolean;
  frozen: boolean;
  replica: boolean;
}

async function start(db: Knex.Transaction, store: Store, mode: Mode): Promise<Session> {
  // One round trip. SET TRANSACTION comes first: after a query, it would be too late.
  const statements = `
    set transaction ${modes[mode]};
    set local search_path to ${quoted(store.schema)}, pg_temp;
    ${pinned}
    ${store.preamble}
    select pg_backend_pid() as backend, pg_is_in_recovery() as standby,
      current_setting('transaction_read_only') = 'on' as frozen,
      current_setting('session_replication_role') <> 'origin' as replica`;
  try {
    const results = await db.raw<{ rows: Session[] }[]>(statements);
    const session = results.at(-1)?.rows[0];
    if (session === undefined) throw new Error('a statement returned no row');
    return session;
  } catch (error) {
    // Only a standby refuses to make a transaction read-write.
    if (mode === 'temporary' && codeOf(error) === '0A000') throw standbyError(store);
    throw error;
  }
}

const standbyError = (store: Store) =>
  unfit(store, 'is a standby, which cannot be written to; database.url must lead to the primary');

const unfit = ({ name }: Store, reason: string) =>
  new RollcallError('failed', `the database ${name} ${reason}; nothing was written`);
