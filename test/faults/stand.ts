import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { stringify } from 'yaml';
import { openStore } from '../../src/database/open-store.ts';
import { postgresSettings } from '../servers/postgres-settings.ts';
import type { Store } from '../../src/database/store.ts';
import { Directory } from '../servers/directory.ts';
import { createDatabase } from '../servers/administer.ts';
import { launch, type LaunchOptions, type Running } from '../support/launch.ts';
import { takeSnapshot, type Snapshot } from './snapshot.ts';

export const kinds = ['postgres', 'embedded'] as const;
export type Kind = (typeof kinds)[number];

const actor = { user: 'faults', host: 'here', pid: process.pid, uid: process.getuid?.() ?? 0 };
const unlimited = { atLeast: 10_000_000 };
/** Limits that stop no run. */
export const unlimitedRuns = {
  deletions: unlimited,
  updates: unlimited,
  renames: unlimited,
  creations: unlimited,
  overlap: { percent: 0 },
};

/** From the address of a database to the one that rollcall is given, such as that of a pooler in front of it. */
export type Through = (url: string) => string;

/** A directory, an empty user database and a configuration that brings the two together, with nothing limited. */
export class Stand {
  readonly folder = mkdtempSync(join(tmpdir(), 'rollcall-faults-'));
  readonly #drop: () => Promise<void>;
  #listing = '[]';
  #asked: (answer: () => void) => void = (answer) => answer();
  #folders = 0;

  readonly kind: Kind;
  readonly directory: Directory;
  /** Of the Postgres; null for the embedded store. */
  readonly url: string | null;
  private readonly through: Through;

  private constructor(
    kind: Kind,
    directory: Directory,
    url: string | null,
    through: Through,
    drop: () => Promise<void>,
  ) {
    this.kind = kind;
    this.directory = directory;
    this.url = url;
    this.through = through;
    this.#drop = drop;
    directory.answers((_, response) => this.#asked(() => this.#answer(response)));
    this.configure();
  }

  static async open(kind: Kind, server: string, through: Through = (url) => url): Promise<Stand> {
    const directory = await Directory.start();
    if (kind === 'embedded') return new Stand(kind, directory, null, through, () => Promise.resolve());
    const { url, drop } = await createDatabase(server);
    return new Stand(kind, directory, url, through, drop);
  }

  /** With a database that there is, and that somebody else removes. */
  static async at(url: string, through: Through): Promise<Stand> {
    return new Stand('postgres', await Directory.start(), url, through, () => Promise.resolve());
  }

  /** The folder of the embedded store. */
  get data(): string {
    return join(this.folder, `data${this.#folders}`);
  }

  configure(more: object = {}): void {
    const config = {
      directory: { url: this.directory.url, retries: 0, timeouts: { idle: '60s' } },
      database: this.url === null ? { embedded: this.data } : { url: this.through(this.url) },
      options: { deleteUsers: true },
      limits: unlimitedRuns,
      ...more,
    };
    writeFileSync(join(this.folder, 'rollcall.yaml'), stringify(config, { aliasDuplicateObjects: false }), {
      mode: 0o600,
    });
  }

  lists(listing: string): void {
    this.#listing = listing;
  }

  /** What happens when somebody asks for the listing, with the answer in hand; by default it is given at once. */
  whenAsked(then: (answer: () => void) => void): void {
    this.#asked = then;
  }

  launch(command: string, options: LaunchOptions = {}): Running {
    return launch(command.split(' '), { cwd: this.folder, ...options });
  }

  /** What is stored, once no server works for a dead process any more. */
  async snapshot(): Promise<Snapshot> {
    if (this.url === null) return this.withStore((store) => takeSnapshot(query(store)));
    return snapshotOf(this.url);
  }

  /** Opens the store in this process. */
  async withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
    const { kind, url, data } = this;
    const settings =
      url === null ? ({ kind: 'embedded', folder: data } as const) : postgresSettings(this.through(url));
    const store = await openStore(settings, actor);
    try {
      return await work(store);
    } catch (error) {
      throw new Error(`${kind}: ${String(error)}`);
    } finally {
      await store.close();
    }
  }

  /** Begins again with nothing at all. */
  async forget(): Promise<void> {
    if (this.url !== null) {
      await this.withStore((store) => store.knex.raw('drop schema if exists rollcall cascade'));
      return;
    }
    rmSync(this.data, { recursive: true, force: true });
    this.#folders += 1;
    this.configure();
  }

  async close(): Promise<void> {
    await this.directory.stop();
    await this.#drop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #answer(response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(this.#listing);
  }
}

export const query = (store: Store) => async (sql: string) =>
  (await store.knex.raw<{ rows: object[] }>(sql)).rows;

/** What a database holds, once no server works for a dead process any more. */
export async function snapshotOf(url: string): Promise<Snapshot> {
  const client = new pg.Client({ connectionString: url, application_name: 'faults' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await settle(client);
    return await takeSnapshot(async (sql) => (await client.query<object>(sql)).rows);
  } finally {
    await client.end();
  }
}

/**
 * Waits until nobody else is at work: what a killed client began may go on for the second in which the server does not
 * look whether the client is still there, and it took more than 12 without that. A pooler stays connected.
 */
async function settle(client: pg.Client): Promise<void> {
  for (const deadline = Date.now() + 8_000; ;) {
    const { rows } = await client.query<{ pid: number }>(
      `select pid from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
         and state <> 'idle'`,
    );
    if (rows.length === 0) return;
    if (Date.now() > deadline) throw new Error('a transaction of a dead process still goes on after 8 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
