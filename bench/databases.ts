import pg from 'pg';
import { startPostgres, type Postgres } from '../test/servers/postgres.ts';
import { sync, type Program, type Task } from './commands.ts';
import type { Day } from './data.ts';
import type { Listings } from './listings.ts';
import { measure } from './measure.ts';
import type { State, Stores } from './stores.ts';

/** A Postgres with databases in known states. */
export class Databases implements Stores {
  private readonly postgres: Postgres;
  private readonly listings: Listings;
  private readonly signal: AbortSignal;

  private constructor(postgres: Postgres, listings: Listings, signal: AbortSignal) {
    this.postgres = postgres;
    this.listings = listings;
    this.signal = signal;
  }

  static async start(listings: Listings, signal: AbortSignal): Promise<Databases> {
    return new Databases(await startPostgres(), listings, signal);
  }

  stop(): Promise<void> {
    return this.postgres.stop();
  }

  async prepare(program: Program, size: number): Promise<void> {
    const [empty, base] = [template(program, 'empty', size), template(program, 'base', size)];
    await this.#administer(`create database ${empty} template template0`);
    const task = this.listings.task({ url: this.#url(empty) }, 'base', size);
    await measure(sync(program, task, 'now'), this.signal);
    await this.#administer(`create database ${base} template ${empty}`);
    await this.#query(empty, 'truncate rollcall.users, rollcall.archives, rollcall.run_changes cascade');
    // The history is no part of a state, but would have to be copied for each run.
    await this.#query(base, 'truncate rollcall.run_changes');
    // Not the empty one: tables that are known to be empty get plans that do not survive their filling.
    await this.#query(base, 'vacuum (freeze, analyze)');
  }

  async forget(program: Program, size: number): Promise<void> {
    for (const state of ['empty', 'base'] as const)
      await this.#administer(`drop database ${template(program, state, size)}`);
  }

  /** On a server that has nothing else to do. */
  async lend<T>(
    program: Program,
    { state, day }: { state: State; day: Day },
    size: number,
    use: (task: Task) => Promise<T>,
  ): Promise<T> {
    await this.#administer(
      `create database run template ${template(program, state, size)} strategy file_copy`,
    );
    await this.#administer('checkpoint');
    try {
      return await use(this.listings.task({ url: this.#url('run') }, day, size));
    } finally {
      await this.#administer('drop database run with (force)');
    }
  }

  ask(statement: string): Promise<string[]> {
    return this.#query('run', statement);
  }

  async alter(statement: string): Promise<void> {
    await this.#query('run', statement);
    await this.#administer('checkpoint');
  }

  /** The version of the server. */
  async version(): Promise<string> {
    return (await this.#query('postgres', 'show server_version'))[0] ?? '';
  }

  #url(database: string): string {
    const url = new URL(this.postgres.url);
    url.pathname = database;
    return url.href;
  }

  async #administer(statement: string): Promise<void> {
    await this.#query('postgres', statement);
  }

  /** The first row. */
  async #query(database: string, statement: string): Promise<string[]> {
    const client = new pg.Client(this.#url(database));
    await client.connect();
    try {
      const { rows } = await client.query<string[]>({ text: statement, rowMode: 'array' });
      return rows[0] ?? [];
    } finally {
      await client.end();
    }
  }
}

const template = (program: Program, state: State, size: number) => `${program.name}_${state}_${size}`;
