import type { Connection } from '../connection/connection.ts';
import type { Actor, Store } from './store.ts';

/** Where the user database is. */
export type DatabaseSettings =
  { kind: 'postgres'; connection: Connection; schema: string } | { kind: 'embedded'; folder: string };

/**
 * Opens the user database. Only the code of the configured store is loaded.
 *
 * @param warn receives what the database server warns of, one line each
 */
export async function openStore(
  settings: DatabaseSettings,
  actor: Actor,
  warn: (message: string) => void = () => undefined,
): Promise<Store> {
  if (settings.kind === 'embedded') {
    const { openEmbedded } = await import('./embedded/open-embedded.ts');
    return openEmbedded(settings.folder, actor);
  }
  const { openPostgres } = await import('./postgres.ts');
  return openPostgres(settings.connection, settings.schema, actor, warn);
}
