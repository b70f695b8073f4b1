import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Task } from './commands.ts';
import { writeJson, writeRows, type Day } from './data.ts';

const days = ['base', 'steady'] as const;

/** A directory with the listings of various days, served by a process of its own. */
export class Listings {
  private readonly folder: string;
  private readonly server: ChildProcess;
  private readonly port: number;

  private constructor(folder: string, server: ChildProcess, port: number) {
    this.folder = folder;
    this.server = server;
    this.port = port;
  }

  static async serve(folder: string): Promise<Listings> {
    const server = fork(fileURLToPath(new URL('serve.js', import.meta.url)), [folder]);
    const [port] = (await once(server, 'message')) as [number];
    return new Listings(folder, server, port);
  }

  close(): void {
    this.server.disconnect();
  }

  /** Writes the listings of a size, and the rows that they come to. */
  async write(size: number): Promise<void> {
    for (const day of days) {
      await writeJson(this.#path(day, size, 'json'), size, day);
      await writeRows(this.#path(day, size, 'tsv'), size, day);
    }
  }

  /** Writes a listing alone. */
  async writeBase(size: number): Promise<void> {
    await writeJson(this.#path('base', size, 'json'), size, 'base');
  }

  async remove(size: number): Promise<void> {
    for (const day of days)
      for (const kind of ['json', 'tsv']) await rm(this.#path(day, size, kind), { force: true });
  }

  /** Bringing a database in step with one of them. */
  task(database: Task['database'], day: Day, size: number): Task {
    const listing = `http://127.0.0.1:${this.port}/${day}-${size}.json`;
    return { listing, rows: this.#path(day, size, 'tsv'), database, folder: this.folder };
  }

  #path(day: Day, size: number, kind: string): string {
    return join(this.folder, `${day}-${size}.${kind}`);
  }
}
