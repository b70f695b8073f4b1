import { randomUUID } from 'node:crypto';
import pg from 'pg';

/**
 * A new, empty database on a server; `drop` ends its connections, too.
 *
 * @param options of CREATE DATABASE
 */
export async function createDatabase(
  server: string,
  options = '',
): Promise<{ url: string; name: string; drop: () => Promise<void> }> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(server);
  url.pathname = name;
  await administer(server, `create database ${name} template template0 ${options}`);
  return {
    url: url.href,
    name,
    drop: async () => {
      await administer(server, `drop database ${name} with (force)`);
    },
  };
}

/** One statement on a connection of its own. */
export async function administer(
  server: string,
  statement: string,
  values: unknown[] = [],
): Promise<object[]> {
  const client = new pg.Client({ connectionString: server, application_name: 'faults' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<object>(statement, values)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
