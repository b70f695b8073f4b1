import knex from 'knex';
import { messageOf, RollcallError } from '../../core/errors.ts';
import { visible } from '../../core/text.ts';
import { takeLock } from '../../files/lock.ts';
import { silent } from '../log.ts';
import type { Actor, Store } from '../store.ts';
import { claimFolder, inspectFolder, places } from './folder.ts';
import { EmbeddedServer } from './server.ts';

/**
 * Opens the embedded store in a folder, or makes one. The folder is this process's alone until it is closed: two
 * processes in it would destroy each other's data.
 *
 * @throws RollcallError (75) when another process has it; (1) when the folder is not fit
 */
export async function openEmbedded(folder: string, actor: Actor): Promise<Store> {
  const name = visible(folder);
  claimFolder(folder);
  const release = await takeLock(places(folder).lock, `the embedded store ${name}`, actor);
  try {
    const opened = inspectFolder(folder);
    const server = await EmbeddedServer.start(places(folder).data);
    opened();
    const db = knex({
      client: 'pg',
      version: '15',
      // All of it said, so that no PG* variable of the environment has a say.
      connection: {
        host: 'embedded',
        port: 5432,
        user: 'postgres',
        database: 'postgres',
        password: 'none',
        ssl: false,
        application_name: 'rollcall',
        options: '',
        query_timeout: 15 * 60_000,
        stream: () => server.connect(),
      },
      pool: { min: 0, max: 1 },
      compileSqlOnError: false,
      log: silent,
    });
    return {
      knex: db,
      schema: 'rollcall',
      name,
      actor,
      preamble: '',
      cancel: () => server.terminate(),
      // The folder is locked already, for as long as it is open.
      lockRun: () => Promise.resolve(() => undefined),
      close: async () => {
        await db.destroy().catch(() => undefined);
        await server.close();
        release();
      },
    };
  } catch (error) {
    release();
    if (error instanceof RollcallError) throw error;
    throw new RollcallError(
      'failed',
      `the embedded store ${name} did not open: ${visible(messageOf(error))}`,
    );
  }
}
