import knex, { type Knex } from 'knex';

/** Options for pg: see https://node-postgres.com/apis/client. */
export type Connection = Readonly<Record<string, unknown>>;

const nothing = () => undefined;

/**
 * The only configuration of knex. Both stores use the Postgres protocol and differ only in the connection.
 *
 * @param connections the maximum number of open connections; idle ones are closed
 * @param patience how long to wait for a free one, in milliseconds
 */
export function connect(connection: Connection, connections: number, patience: number): Knex {
  const db = knex({
    client: 'pg',
    // Saves a query per connection. knex only uses it for syntax that never occurs here.
    version: '15',
    connection: {
      ...connection,
      // Detects a peer that fell silent: no statement of a run takes nearly as long.
      query_timeout: 15 * 60_000,
    },
    pool: { min: 0, max: connections, acquireTimeoutMillis: patience },
    // Keeps values out of error messages.
    compileSqlOnError: false,
    // knex would print warnings to standard output, in the middle of the result.
    log: { warn: nothing, error: nothing, deprecate: nothing, debug: nothing },
  });
  // knex puts the statement in front of the message. Only here is the statement known, so only here can it be removed.
  db.on('query-error', (error: Error, { sql }: { sql: string }) => {
    const prefix = `${sql} - `;
    if (error.message.startsWith(prefix)) error.message = error.message.slice(prefix.length);
  });
  return db;
}
