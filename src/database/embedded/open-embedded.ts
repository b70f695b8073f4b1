import { messageOf, RollcallError } from '../../core/errors.ts';
import { visible } from '../../core/printable.ts';
import { takeLock } from '../../files/file-lock.ts';
import { openClient, type ClientSettings } from '../dial/client.ts';
import { connect } from '../knex.ts';
import type { Actor, Store } from '../store.ts';
import { claimFolder, inspectFolder, places } from './folder.ts';
import { EmbeddedServer } from './server.ts';

/**
 * Opens the embedded store in a folder, or creates one. The folder is locked until the store is closed: two processes
 * would destroy each other's data.
 *
 * @throws RollcallError (75) when another process uses the folder; (1) when it cannot be used
 */
export async function openEmbedded(folder: string, actor: Actor): Promise<Store> {
  const name = visible(folder);
  claimFolder(folder);
  const release = await takeLock(places(folder).lock, `the embedded store ${name}`, actor);
  try {
    const opened = inspectFolder(folder);
    const server = await EmbeddedServer.start(places(folder).data);
    opened();
    return storeOf(server, name, actor, release);
  } catch (error) {
    release();
    if (error instanceof RollcallError) throw error;
    throw new RollcallError(
      'failed',
      `the embedded store ${name} cannot be opened: ${visible(messageOf(error))}`,
    );
  }
}

const connection: ClientSettings = {
  host: 'embedded',
  port: 5432,
  user: 'postgres',
  database: 'postgres',
  password: null,
  options: '',
  applicationName: 'rollcall',
  timeout: 0,
  keepAlive: null,
  ssl: false,
  isDirect: false,
};

function storeOf(server: EmbeddedServer, name: string, actor: Actor, release: () => void): Store {
  const dial = () =>
    openClient(
      { ...connection, stream: () => server.connect() },
      { isInHandshake: false, signal: new AbortController().signal },
    );
  const knex = connect(dial, 1, 120_000);
  return {
    knex,
    schema: 'rollcall',
    name,
    actor,
    preamble: '',
    dial,
    cancel: () => server.stop(),
    // The folder is already locked while it is open.
    lockRun: () => Promise.resolve(() => undefined),
    close: async () => {
      await knex.destroy().catch(() => undefined);
      await server.close();
      release();
    },
  };
}
