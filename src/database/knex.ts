import knex, { type Knex } from 'knex';
import type { Client } from 'pg';

const nothing = () => undefined;

/**
 * The only configuration of knex. Both stores use the Postgres protocol and differ only in the connection.
 *
 * @param dial opens a connection (see `openClient`)
 * @param connections the maximum number of open connections; idle ones are closed
 * @param patience how long to wait for a free one, and for a new one, in milliseconds
 */
export function connect(dial: () => Promise<Client>, connections: number, patience: number): Knex {
  const db = knex({
    client: 'pg',
    // Saves a query per connection. knex only uses it for syntax that never occurs here.
    version: '15',
    // Without one, knex makes no pool.
    connection: {},
    pool: { min: 0, max: connections, acquireTimeoutMillis: patience, createTimeoutMillis: patience },
    // Keeps values out of error messages.
    compileSqlOnError: false,
    // knex would print warnings to standard output, in the middle of the result.
    log: { warn: nothing, error: nothing, deprecate: nothing, debug: nothing },
  });
  // What the pool calls. knex itself can only connect to one host in one way, and with the environment of the process.
  (db.client as { acquireRawConnection: typeof dial }).acquireRawConnection = dial;
  // knex puts the statement in front of the message. Only here is the statement known, so only here can it be removed.
  db.on('query-error', (error: Error, { sql }: { sql: string }) => {
    const prefix = `${sql} - `;
    if (error.message.startsWith(prefix)) error.message = error.message.slice(prefix.length);
  });
  return db;
}
