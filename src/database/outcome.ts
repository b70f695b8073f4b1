import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { hangUp } from './dial/hang-up.ts';
import { codeOf, unknownTransaction } from './failure.ts';
import { quoted, type Store } from './store.ts';

/** What proves that a transaction was committed, and helps to tell why it was not. */
export interface Mark {
  /** In a row that the transaction itself wrote: it is there if and only if the transaction was committed. */
  token: string;
  /** The number of the transaction. It proves nothing: a standby that takes over gives the same numbers again. */
  transaction: string;
  /** The history that the server is writing, as 8 digits; a standby that takes over begins a new one. */
  timeline: string | null;
}

type Outcome = 'committed' | 'rolledBack' | 'lost' | 'unknown';

/** How long the server is asked after a lost connection, in milliseconds: a standby may have to take over first. */
const patience = 60_000;

/** Reads what `Mark.timeline` holds. A standby, and a service that hides its log, refuse to tell. */
export const currentTimeline = 'select left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) as timeline';

/**
 * Asks the server what became of a transaction whose connection was lost at COMMIT.
 *
 * @returns `lost` if a server took over that never had the commit; `unknown` if nobody answers in time
 */
export async function findOutcome(store: Store, mark: Mark): Promise<Outcome> {
  const deadline = Date.now() + patience;
  do {
    // Whatever fails, the next try may succeed: the server may be starting, or another one taking over.
    const outcome = await askOnce(store, mark).catch(() => 'unknown' as const);
    if (outcome !== 'unknown') return outcome;
    await sleep(500);
  } while (Date.now() < deadline);
  return 'unknown';
}

/** Asks on a new connection, because it may have to lead to another server than the last one. */
async function askOnce(store: Store, mark: Mark): Promise<Outcome> {
  const client = await store.dial();
  try {
    return await ask(client, store, mark);
  } finally {
    await hangUp(client);
  }
}

/**
 * Each statement is a transaction of its own, and sees what is committed by then.
 *
 * @returns `unknown` while there is no answer yet
 */
async function ask(client: Client, store: Store, mark: Mark): Promise<Outcome> {
  if (await valueOf<boolean>(client, 'select pg_is_in_recovery()')) return 'unknown';
  const timeline = mark.timeline && (await valueOf<string>(client, currentTimeline));
  const hasTakenOver = timeline !== null && timeline !== mark.timeline;
  // In this order: while the transaction is in progress, its row may still appear.
  const status = hasTakenOver ? null : await statusOf(client, mark.transaction);
  if (status === 'in progress') {
    await endUnlessCommitting(client, mark.transaction);
    return 'unknown';
  }
  if (await isThere(client, store, mark.token)) return 'committed';
  return hasTakenOver || status === 'committed' ? 'lost' : 'rolledBack';
}

/** Null for a transaction that the server never recorded: it crashed before. */
function statusOf(client: Client, transaction: string): Promise<string | null> {
  const status = valueOf<string>(client, 'select pg_xact_status($1::xid8)', [transaction]);
  return status.catch((error: unknown) => {
    if (codeOf(error) === unknownTransaction) return null;
    throw error;
  });
}

/** If the COMMIT never arrived and the server did not notice the loss, it would wait for the COMMIT, with all locks. */
async function endUnlessCommitting(client: Client, transaction: string): Promise<void> {
  const waiting = `from pg_stat_activity where backend_xid = $1::xid8::xid and state = 'idle in transaction'`;
  await valueOf(client, `select pg_terminate_backend(pid) ${waiting}`, [transaction]);
}

/** Whether a token was committed. The table itself is missing if the lost transaction was the first one. */
async function isThere(client: Client, store: Store, token: string): Promise<boolean> {
  const table = `${quoted(store.schema)}.commits`;
  if ((await valueOf(client, 'select to_regclass($1)::text', [table])) === null) return false;
  return (await valueOf(client, `select true from ${table} where token = $1`, [token])) !== null;
}

/** The only value of a query; null if there is no row. */
async function valueOf<T>(client: Client, text: string, values: unknown[] = []): Promise<T | null> {
  const query = { text, values, rowMode: 'array', query_timeout: 5_000 } as const;
  const { rows } = await client.query<T[]>(query);
  return rows[0]?.[0] ?? null;
}
