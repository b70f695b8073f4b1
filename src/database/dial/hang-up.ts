import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';

/** Ends a connection, without waiting long for a server that no longer answers. */
export async function hangUp(client: Client): Promise<void> {
  const ended = client.end().catch(() => undefined);
  await Promise.race([ended, sleep(1_000)]);
  cut(client);
}

/** Ends a connection at once; what waits for an answer fails. */
export function cut(client: Client): void {
  (client as Client & { connection: { stream: Socket } }).connection.stream.destroy();
}
