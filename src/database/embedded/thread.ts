import { Worker } from 'node:worker_threads';
import { messageOf } from '../../core/errors.ts';
import { worker } from '../../files/assets.ts';

/** How long a thread may take to open, in milliseconds. */
export const opening = 120_000;
const closing = 10_000;

interface Message {
  type: 'ready' | 'failed' | 'data' | 'done' | 'broken';
  id: number;
  data: Uint8Array<ArrayBuffer>;
  message: string;
}

interface Pending {
  data: (bytes: Uint8Array<ArrayBuffer>) => void;
  resolve: () => void;
  reject: (error: Error) => void;
}

/** One life of the embedded Postgres (see worker.js): from its start until it is closed, terminated or fails. */
export class Thread {
  /** Resolves with the reason once the thread is dead. */
  readonly died: Promise<Error>;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #exited: Promise<void>;
  readonly #opened: Promise<void>;
  #open: () => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;
  #mourn: (error: Error) => void = () => undefined;
  #lastId = 0;
  #cause: string | null = null;

  private constructor(folder: string) {
    this.died = new Promise((resolve) => (this.#mourn = resolve));
    this.#opened = new Promise((resolve, reject) => {
      this.#open = resolve;
      this.#fail = reject;
    });
    this.#opened.catch(() => undefined);
    this.#worker = new Worker(worker, {
      workerData: { folder },
      // Discarded: a crash prints megabytes of PGlite's source.
      stdout: true,
      stderr: true,
      env: {},
    });
    this.#worker.stdout.resume();
    this.#worker.stderr.resume();
    this.#worker.on('error', (error) => this.#die(messageOf(error).slice(0, 300)));
    this.#worker.on('message', (message: Message) => this.#take(message));
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#die('it stopped');
        resolve();
      });
    });
  }

  /** Opens the cluster in a folder, or creates one. The caller holds the lock and has checked the folder. */
  static async start(folder: string, patience = opening): Promise<Thread> {
    const thread = new Thread(folder);
    const timer = setTimeout(
      () => void thread.terminate(`it did not open within ${patience / 1_000} s`),
      patience,
    );
    try {
      await thread.#opened;
      return thread;
    } catch (error) {
      await thread.terminate();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  get isDead(): boolean {
    return this.#cause !== null;
  }

  /** Sends protocol messages; `data` receives the replies. Resolves when they are complete. */
  wire(bytes: Uint8Array, data: Pending['data']): Promise<void> {
    return this.#call('wire', bytes, data);
  }

  /** Closes cleanly, or terminates the thread if that takes too long. Committed data is safe either way. */
  async close(): Promise<void> {
    const timer = setTimeout(() => void this.terminate(), closing);
    await this.#call('close').catch(() => undefined);
    clearTimeout(timer);
    await this.terminate();
  }

  /** Ends the thread immediately. */
  async terminate(why = 'it was stopped'): Promise<void> {
    this.#die(why);
    await this.#worker.terminate();
    await this.#exited;
  }

  #take({ type, id, data, message }: Message): void {
    const pending = this.#pending.get(id);
    if (type === 'ready') this.#open();
    else if (type === 'failed') this.#fail(failure(message));
    else if (type === 'data') pending?.data(data);
    else if (type === 'done') {
      this.#pending.delete(id);
      pending?.resolve();
    } else void this.terminate(message);
  }

  #call(type: 'wire' | 'close', bytes?: Uint8Array, data: Pending['data'] = () => undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#cause !== null) {
        reject(failure(this.#cause));
        return;
      }
      const id = ++this.#lastId;
      this.#pending.set(id, { data, resolve, reject });
      this.#worker.postMessage({ id, type, bytes });
    });
  }

  #die(why: string): void {
    if (this.#cause !== null) return;
    this.#cause = why;
    this.#fail(failure(why));
    // A separate error for each, because the receiver may modify it.
    for (const { reject } of this.#pending.values()) reject(failure(why));
    this.#pending.clear();
    this.#mourn(failure(why));
  }
}

const failure = (why: string) => Object.assign(new Error(why), { code: 'EMBEDDED' });
