import type { Client } from 'pg';
import { join } from 'node:path';
import { messageOf, RollcallError } from '../core/errors.ts';
import { visible } from '../core/printable.ts';
import { takeLock } from '../files/file-lock.ts';
import { privateFolder, shortId } from '../files/keepsake.ts';
import { makePrivateFolder } from '../files/private.ts';
import type { Connection } from '../connection/connection.ts';
import { dialer, patienceOf } from './dial/dial.ts';
import { cut } from './dial/hang-up.ts';
import { connect } from './knex.ts';
import type { Actor, Store } from './store.ts';

/**
 * Connects to a Postgres (15 or newer), directly or through a pooler in transaction mode.
 *
 * @param warn receives what the server warns of, such as a commit that no synchronous standby has confirmed
 */
export function openPostgres(
  connection: Connection,
  schema: string,
  actor: Actor,
  warn: (message: string) => void,
): Store {
  const closing = new AbortController();
  const clients = new Set<Client>();
  const connectNext = dialer(connection, closing.signal);
  const dial = async () => {
    const client = await connectNext();
    clients.add(client);
    client.once('end', () => clients.delete(client));
    client.on('notice', ({ code, message, detail }) => {
      const said = [message, detail].filter(Boolean).join('; ');
      if (code?.startsWith(warnings)) warn(`database ${connection.name}: ${visible(said)}`);
    });
    return client;
  };
  // One connection for the run, one to cancel it.
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
      set local jit to off;
      set local enable_tidscan to on;`,
    isExclusive: false,
    open: () => Promise.resolve(),
    openIfFree: () => Promise.resolve(true),
    dial,
    cancel: async (backend) => {
      await db.raw('select pg_cancel_backend(?)', [backend]).catch(() => undefined);
    },
    lockRun: () => lockHere(name, schema, actor, warn),
    close: async () => {
      closing.abort();
      // The pool waits for transactions, and those for a server that may have stopped.
      const timer = setTimeout(() => clients.forEach(cut), goodbye);
      await db.destroy();
      clearTimeout(timer);
    },
  };
}

/** How long open transactions may take to end when the store is closed, in milliseconds. */
const goodbye = 1_000;

/** The class of the SQLSTATEs of warnings. Their severity is a word in the language of the server. */
const warnings = '01';

/**
 * Makes a second run of this user on this machine fail immediately. Other runs meet at the lock in the database. That lock
 * protects the data, so it is fine if this one cannot be taken.
 */
async function lockHere(
  name: string,
  schema: string,
  actor: Actor,
  warn: (message: string) => void,
): Promise<() => Promise<void>> {
  const folder = privateFolder(actor.uid);
  try {
    await makePrivateFolder(folder, actor.uid);
    return await takeLock(
      join(folder, `${shortId(`${name} ${schema}`)}.lock`),
      `the database ${name}`,
      actor,
    );
  } catch (error) {
    if (error instanceof RollcallError && error.outcome === 'locked') throw error;
    warn(`${messageOf(error)}; going on without this lock, because the database has its own`);
    return () => Promise.resolve();
  }
}

/** Identifies the run to others, within the 63 bytes that Postgres keeps of an application name. */
function signature({ pid, host }: Actor): string {
  const plain = host.replace(/[^\w.-]/g, '').slice(0, 35);
  return `rollcall: process ${pid} on ${plain}`;
}
