import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import knex from 'knex';
import { parse } from 'pg-connection-string';
import { RollcallError } from '../core/errors.ts';
import { takeLock } from '../files/lock.ts';
import { silent } from './log.ts';
import type { Actor, Store } from './store.ts';

/**
 * Connects to a Postgres (15 or newer), directly or through a pooler in transaction mode.
 *
 * @param url a checked `postgres://` URL
 */
export function openPostgres(url: string, schema: string, actor: Actor): Store {
  const db = knex({
    client: 'pg',
    // Saves a question at every connection; it only decides about syntax that is never used here.
    version: '15',
    connection: {
      ...connectionOf(url),
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      // A peer that fell silent: nothing in a run takes anywhere near so long.
      query_timeout: 15 * 60_000,
    },
    // One for the run, one to cancel it; neither is kept when idle.
    pool: { min: 0, max: 2, acquireTimeoutMillis: 15_000 },
    compileSqlOnError: false,
    log: silent,
  });
  const { hostname, pathname, port } = new URL(url);
  const name = `${hostname || 'local'}${port && `:${port}`}${pathname}`;
  return {
    knex: db,
    schema,
    name,
    actor,
    preamble: `
      set local application_name to '${signature(actor)}';
      set local client_connection_check_interval to '1s';
      set local lock_timeout to '30s';
      set local jit to off;
      set local statement_timeout to '14min'`,
    cancel: async (backend) => {
      await db.raw('select pg_cancel_backend(?)', [backend]).catch(() => undefined);
    },
    lockRun: () => lockHere(name, schema, actor),
    close: () => db.destroy(),
  };
}

/** What the URL says; whether certificates are verified is never left to the environment. */
function connectionOf(url: string): object {
  const { ssl, port, ...connection } = parse(url);
  const secure =
    typeof ssl === 'object'
      ? { rejectUnauthorized: true, ...ssl }
      : ssl === true
        ? { rejectUnauthorized: true }
        : false;
  return { ...connection, port: Number(port ?? 5432), ssl: secure };
}

/**
 * Two runs on one machine: the second ends at once. Runs on two machines meet in the database, when they come to
 * write; that lock is the one which protects the data, so this one may as well not be had.
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

/** Names the run to others, in the 63 bytes that Postgres keeps of an application name. */
function signature({ pid, host, since }: Actor): string {
  const plain = host.replace(/[^\w.-]/g, '').slice(0, 20);
  return `rollcall: process ${pid} on ${plain}, ${since.toISOString().slice(0, 19)}Z`;
}
