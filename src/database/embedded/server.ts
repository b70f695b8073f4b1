import type { Duplex } from 'node:stream';
import { Thread } from './thread.ts';
import { Wire } from './wire.ts';

/** The embedded Postgres of a folder. It allows one connection at a time, and restarts after it was stopped. */
export class EmbeddedServer {
  readonly #folder: string;
  #thread: Promise<Thread>;
  #wire: Wire | null = null;
  #isClosed = false;

  private constructor(folder: string, thread: Promise<Thread>) {
    this.#folder = folder;
    this.#thread = thread;
  }

  /** @throws Error when the cluster in the folder does not open */
  static async start(folder: string, patience?: number): Promise<EmbeddedServer> {
    const thread = Thread.start(folder, patience);
    await thread;
    return new EmbeddedServer(folder, thread);
  }

  /** A stream that pg uses as its socket. */
  connect(): Duplex {
    if (this.#isClosed) throw new Error('the embedded store is closed');
    if (this.#wire !== null) throw new Error('the embedded store has one connection only');
    this.#wire = new Wire(
      () => this.#living(),
      () => (this.#wire = null),
    );
    return this.#wire;
  }

  /** Stops the server, the only way to cancel a statement; the next connection restarts it. */
  async stop(): Promise<void> {
    await (await this.#started())?.terminate();
  }

  async close(): Promise<void> {
    // Whoever opens the folder next has it alone.
    this.#isClosed = true;
    await (await this.#started())?.close();
  }

  /** The thread that was started last; null if it failed to start. */
  #started(): Promise<Thread | null> {
    return this.#thread.catch(() => null);
  }

  /** A running thread; starts a new one if the last one is dead or failed to start. */
  async #living(): Promise<Thread> {
    const thread = await this.#started();
    if (thread !== null && !thread.isDead) return thread;
    if (this.#isClosed) throw new Error('the embedded store is closed');
    // Two in one folder would destroy each other's data.
    await thread?.terminate();
    this.#thread = Thread.start(this.#folder);
    // The caller handles a failure; this only keeps it from counting as unhandled.
    this.#thread.catch(() => undefined);
    return this.#thread;
  }
}
