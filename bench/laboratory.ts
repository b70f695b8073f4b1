import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startPostgres, type Postgres } from '../test/servers/postgres.ts';
import { rollcall, type Task } from './contenders.ts';
import { writeListing, type Day } from './data.ts';
import { measure } from './measure.ts';

/** A database before a run: as rollcall's migrations make it, or with the people of `base` in it. */
export type State = 'empty' | 'base';

/** A directory, a Postgres, and databases in known states; `close` removes it all. */
export class Laboratory {
  readonly folder: string;
  private readonly postgres: Postgres;
  private readonly directory: ChildProcess;
  private readonly port: number;
  private readonly signal: AbortSignal;

  private constructor(
    folder: string,
    postgres: Postgres,
    directory: ChildProcess,
    port: number,
    signal: AbortSignal,
  ) {
    this.folder = folder;
    this.postgres = postgres;
    this.directory = directory;
    this.port = port;
    this.signal = signal;
  }

  static async open(signal: AbortSignal): Promise<Laboratory> {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-bench-'));
    const directory = fork(fileURLToPath(new URL('serve.js', import.meta.url)), [folder]);
    try {
      const [port] = (await once(directory, 'message')) as [number];
      return new Laboratory(folder, await startPostgres(), directory, port, signal);
    } catch (error) {
      directory.kill();
      await rm(folder, { recursive: true });
      throw error;
    }
  }

  async close(): Promise<void> {
    this.directory.disconnect();
    await this.postgres.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Makes the listings of a size, and the states to start from. */
  async prepare(size: number): Promise<void> {
    await writeListing(this.folder, size, 'base');
    await writeListing(this.folder, size, 'steady');
    await this.#administer(`create database ${template('empty', size)} template template0`);
    await this.#fill(template('empty', size), size);
    await this.#administer(`create database ${template('base', size)} template ${template('empty', size)}`);
    await this.#query(
      template('empty', size),
      'truncate rollcall.users, rollcall.archives, rollcall.run_changes cascade',
    );
    // The history is no part of a state, but would have to be copied for each run.
    await this.#query(template('base', size), 'truncate rollcall.run_changes');
    // Not the empty one: tables that are known to be empty get plans that do not survive their filling.
    await this.#query(template('base', size), 'vacuum (freeze, analyze)');
  }

  /** Removes what `prepare` made. */
  async forget(size: number): Promise<void> {
    for (const state of ['empty', 'base'] as const)
      await this.#administer(`drop database ${template(state, size)}`);
    for (const day of ['base', 'steady'])
      for (const kind of ['json', 'tsv']) await rm(join(this.folder, `${day}-${size}.${kind}`));
    await rm(join(this.folder, `embedded-${size}`), { recursive: true, force: true });
  }

  /** Hands out a fresh copy of a state, on a server that has nothing else to do. */
  async withTask<T>(state: State, day: Day, size: number, work: (task: Task) => Promise<T>): Promise<T> {
    await this.#administer(`create database run template ${template(state, size)} strategy file_copy`);
    await this.#administer('checkpoint');
    try {
      return await work(this.#task({ url: this.#url('run') }, day, size));
    } finally {
      await this.#administer('drop database run with (force)');
    }
  }

  /** The same on an embedded store. */
  async withEmbedded<T>(state: State, day: Day, size: number, work: (task: Task) => Promise<T>): Promise<T> {
    const [base, run] = [join(this.folder, `embedded-${size}`), join(this.folder, 'embedded')];
    if (state === 'base') await cp(base, run, { recursive: true });
    try {
      return await work(this.#task({ embedded: run }, day, size));
    } finally {
      await rm(run, { recursive: true, force: true });
    }
  }

  /** Makes the embedded store from which `withEmbedded` starts. */
  async prepareEmbedded(size: number): Promise<void> {
    const task = this.#task({ embedded: join(this.folder, `embedded-${size}`) }, 'base', size);
    await measure(rollcall(task, 'now'), this.signal);
  }

  /** What the tables hold, in short: whoever has done the same work has the same. */
  async contents(): Promise<string> {
    return this.#query(
      'run',
      `select concat_ws(' ', count(*), sum(hashtext(concat_ws('|', user_name, full_name, distinguished_name,
         email_addresses, address_keys, privileges))::bigint), (select count(*) from rollcall.archives where owner_id is not null),
         (select count(*) from rollcall.archive_access)) from rollcall.users`,
    );
  }

  /** How long the server takes to find the archives of one address, in milliseconds. */
  async lookUp(address: string): Promise<number> {
    const explain = `explain (analyze, format json) select name from rollcall.archives where owner_id = any (array(
      select id from rollcall.users where address_keys @> array['${address}'] collate "C"))`;
    const plan = (await this.#query('run', explain)) as unknown as [{ 'Execution Time': number }];
    return plan[0]['Execution Time'];
  }

  /** The version of the server. */
  version(): Promise<string> {
    return this.#query('postgres', 'show server_version');
  }

  #task(database: Task['database'], day: Day, size: number): Task {
    const name = `${day}-${size}`;
    const listing = `http://127.0.0.1:${this.port}/${name}.json`;
    return { listing, rows: join(this.folder, `${name}.tsv`), database, folder: this.folder };
  }

  async #fill(name: string, size: number): Promise<void> {
    await measure(rollcall(this.#task({ url: this.#url(name) }, 'base', size), 'now'), this.signal);
  }

  #url(database: string): string {
    const url = new URL(this.postgres.url);
    url.pathname = database;
    return url.href;
  }

  async #administer(statement: string): Promise<void> {
    await this.#query('postgres', statement);
  }

  async #query(database: string, statement: string): Promise<string> {
    const client = new pg.Client(this.#url(database));
    await client.connect();
    try {
      const { rows } = await client.query<string[]>({ text: statement, rowMode: 'array' });
      return rows[0]?.[0] ?? '';
    } finally {
      await client.end();
    }
  }
}

const template = (state: State, size: number) => `${state}_${size}`;
