import type { DatabaseSettings } from '../../src/database/open-store.ts';
import { readConnection } from '../../src/connection/read-connection.ts';

/** The settings for a Postgres, from a URL that is complete. */
export function postgresSettings(url: string): DatabaseSettings & { kind: 'postgres' } {
  const read = readConnection(url, { env: {}, userName: null, home: '/nonexistent', folder: '/' });
  if (read.connection === null) throw new Error(read.problem);
  return { kind: 'postgres', connection: read.connection, schema: 'rollcall' };
}
