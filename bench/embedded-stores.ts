import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { sync, type Program, type Task } from './commands.ts';
import type { Day } from './data.ts';
import type { Listings } from './listings.ts';
import { measure } from './measure.ts';
import type { State, Stores } from './stores.ts';

/** Embedded stores in known states. */
export class EmbeddedStores implements Stores {
  private readonly folder: string;
  private readonly listings: Listings;
  private readonly signal: AbortSignal;
  private readonly lent: string;

  constructor(folder: string, listings: Listings, signal: AbortSignal) {
    this.folder = folder;
    this.listings = listings;
    this.signal = signal;
    this.lent = join(folder, 'embedded');
  }

  async prepare(program: Program, size: number): Promise<void> {
    const task = this.listings.task({ embedded: this.#base(program, size) }, 'base', size);
    await measure(sync(program, task, 'now'), this.signal);
  }

  async forget(program: Program, size: number): Promise<void> {
    await rm(this.#base(program, size), { recursive: true, force: true });
  }

  /** The empty state is a store that does not exist yet. */
  async lend<T>(
    program: Program,
    { state, day }: { state: State; day: Day },
    size: number,
    use: (task: Task) => Promise<T>,
  ): Promise<T> {
    if (state === 'base') await cp(this.#base(program, size), this.lent, { recursive: true });
    try {
      return await use(this.listings.task({ embedded: this.lent }, day, size));
    } finally {
      await rm(this.lent, { recursive: true, force: true });
    }
  }

  async ask(statement: string): Promise<string[]> {
    const store = await PGlite.create(join(this.lent, 'data'));
    try {
      const { rows } = await store.query<string[]>(statement, [], { rowMode: 'array' });
      return rows[0] ?? [];
    } finally {
      await store.close();
    }
  }

  async alter(statement: string): Promise<void> {
    await this.ask(statement);
  }

  #base(program: Program, size: number): string {
    return join(this.folder, `embedded-${program.name}-${size}`);
  }
}
