import type { Knex } from 'knex';
import { messageOf, RollcallError } from '../../core/errors.ts';
import { visible } from '../../core/printable.ts';
import { takeLock } from '../../files/file-lock.ts';
import { openClient, type ClientSettings } from '../dial/client.ts';
import { connect } from '../knex.ts';
import type { Actor, Store } from '../store.ts';
import {
  checkFolder,
  claimFolder,
  emptyFolder,
  finishFolder,
  inspectFolder,
  isCreated,
  places,
} from './folder.ts';
import { EmbeddedServer } from './server.ts';
import { opening } from './thread.ts';

/** How long to wait while another process has the store open, in milliseconds. Most need it for a moment. */
const patience = 3_000;

/** How long it may take to open the store, in milliseconds. */
interface Haste {
  /** While another process has it open. */
  lock: number;
  opening: number | undefined;
}

/**
 * The embedded store in a folder. It is opened, or created, by the first transaction, and is locked from then on until it is
 * closed: two processes would destroy each other's data.
 *
 * @throws RollcallError when the folder cannot be used; later (75) when another process has it open
 */
export async function openEmbedded(
  folder: string,
  actor: Actor,
  haste: Haste = { lock: patience, opening: undefined },
): Promise<Store> {
  const name = visible(folder);
  await checkFolder(folder, actor.uid);
  let opened: Promise<Opened> | null = null;
  let isClosed = false;
  const open = (most = haste.lock) => {
    if (isClosed) throw new Error('the embedded store is closed');
    opened ??= openFolder(folder, name, actor, { ...haste, lock: most }).catch((error: unknown) => {
      // It may be free at the next attempt.
      opened = null;
      throw error;
    });
    return opened;
  };
  const dial = async () => {
    const { server } = await open();
    const settings = { ...connection, stream: () => server.connect() };
    return openClient(settings, { isInHandshake: false, signal: new AbortController().signal });
  };
  // Longer than opening may take, so that the store says itself why it did not open.
  const knex = connect(dial, 1, opening + patience + 5_000);
  const settled = () => opened?.catch(() => null) ?? Promise.resolve(null);
  return {
    knex,
    schema: 'rollcall',
    name,
    actor,
    preamble: '',
    isExclusive: true,
    open: () => open().then(() => undefined),
    openIfFree: async () => {
      if (opened === null && !(await isCreated(folder))) return false;
      return open(0).then(
        () => true,
        () => false,
      );
    },
    dial,
    cancel: async () => (await settled())?.server.stop(),
    lockRun: async () => {
      await claimFolder(folder, actor.uid);
      return takeLock(places(folder).run, `the embedded store ${name}`, actor);
    },
    close: async () => {
      const store = await settled();
      const isUnused = store?.isNew === true && (await hasNoSchema(knex));
      isClosed = true;
      await knex.destroy().catch(() => undefined);
      await store?.server.close();
      if (isUnused) await emptyFolder(folder).catch(() => undefined);
      await store?.release();
    },
  };
}

/** The first transaction that is committed creates it. When in doubt, the store is kept. */
const hasNoSchema = (knex: Knex): Promise<boolean> =>
  knex.raw<{ rows: { none: boolean }[] }>(`select to_regnamespace('rollcall') is null as none`).then(
    ({ rows }) => rows[0]?.none === true,
    () => false,
  );

interface Opened {
  server: EmbeddedServer;
  /** Whether it was created just now. */
  isNew: boolean;
  release: () => Promise<void>;
}

async function openFolder(folder: string, name: string, actor: Actor, haste: Haste): Promise<Opened> {
  await claimFolder(folder, actor.uid);
  const release = await takeLock(places(folder).lock, `the embedded store ${name}`, actor, haste.lock);
  try {
    const isNew = await inspectFolder(folder);
    const server = await EmbeddedServer.start(places(folder).data, haste.opening);
    if (isNew) await finishFolder(folder);
    return { server, isNew, release };
  } catch (error) {
    await release();
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
