import type { Actor, Store } from './store.ts';

export type DatabaseSettings =
  { kind: 'postgres'; url: string; schema: string } | { kind: 'embedded'; folder: string };

/** Opens the user database; what each kind needs is loaded only for it. */
export async function openStore(settings: DatabaseSettings, actor: Actor): Promise<Store> {
  if (settings.kind === 'embedded') {
    const { openEmbedded } = await import('./embedded/open.ts');
    return openEmbedded(settings.folder, actor);
  }
  const { openPostgres } = await import('./postgres.ts');
  return openPostgres(settings.url, settings.schema, actor);
}
