import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RollcallError } from '../core/errors.ts';
import { takeLock } from '../files/file-lock.ts';
import type { Connection } from './connection/connection.ts';
import { dialer, patienceOf } from './connection/dial.ts';
import { connect } from './knex.ts';
import type { Actor, Store } from './store.ts';

/** Connects to a Postgres (15 or newer), directly or through a pooler in transaction mode. */
export function openPostgres(connection: Connection, schema: string, actor: Actor): Store {
  const closing = new AbortController();
  // One connection for the run, one to cancel it.
  const dial = dialer(connection, closing.signal);
  const db = connect(dial, 2, patienceOf(connection) + 5_000);
  const { name } = connection;
  return {
    knex: db,
    schema,
    name,
    actor,
    preamble: `
      set local application_name to '${signature(actor)}';
      set local client_connection_check_interval to '1s';
      set local idle_in_transaction_session_timeout to '5min';
      set local lock_timeout to '30s';
      set local statement_timeout to '14min';
      set local jit to off;`,
    dial,
    cancel: async (backend) => {
      await db.raw('select pg_cancel_backend(?)', [backend]).catch(() => undefined);
    },
    lockRun: () => lockHere(name, schema, { ...actor, since: new Date() }),
    close: () => {
      closing.abort();
      return db.destroy();
    },
  };
}

/**
 * Makes a second run on the same machine fail immediately. Runs on different machines meet at the lock in the database.
 * That lock protects the data, so it is fine if this one cannot be taken.
 */
async function lockHere(name: string, schema: string, actor: Actor): Promise<() => void> {
  const id = createHash('sha256').update(`${name} ${schema}`).digest('hex').slice(0, 16);
  try {
    return await takeLock(join(tmpdir(), `rollcall-${id}.lock`), `the database ${name}`, actor);
  } catch (error) {
    if (error instanceof RollcallError) throw error;
    return () => undefined;
  }
}

/** Identifies the run to others, within the 63 bytes that Postgres keeps of an application name. */
function signature({ pid, host, since }: Actor): string {
  const plain = host.replace(/[^\w.-]/g, '').slice(0, 20);
  return `rollcall: process ${pid} on ${plain}, ${since.toISOString().slice(0, 19)}Z`;
}
