import { Duplex } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../../core/errors.ts';

const opening = 120_000;
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

/** The embedded Postgres in its thread (see worker.js), and the one connection that it can have. */
export class EmbeddedServer {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #exited: Promise<void>;
  readonly #opened: Promise<void>;
  #open: () => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;
  #lastId = 0;
  #dead: string | null = null;
  #wire: Wire | null = null;

  private constructor(folder: string) {
    this.#opened = new Promise((resolve, reject) => {
      this.#open = resolve;
      this.#fail = reject;
    });
    this.#opened.catch(() => undefined);
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: { folder },
      // What it prints at its end is megabytes of its own source.
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

  /** Opens the cluster in a folder, or makes one there. The caller holds the lock and has looked at the folder. */
  static async start(folder: string): Promise<EmbeddedServer> {
    const server = new EmbeddedServer(folder);
    const timer = setTimeout(
      () => void server.terminate(`it did not open within ${opening / 1_000} s`),
      opening,
    );
    try {
      await server.#opened;
      return server;
    } catch (error) {
      await server.#worker.terminate();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** What pg takes for a socket. */
  connect(): Duplex {
    if (this.#wire !== null) throw failure('it has one connection only');
    this.#wire = new Wire(
      (bytes, data) => this.#call('wire', bytes, data),
      () => (this.#wire = null),
    );
    return this.#wire;
  }

  /** Closes cleanly, or ends the thread when that takes too long; nothing that was committed is lost either way. */
  async close(): Promise<void> {
    const timer = setTimeout(() => void this.terminate(), closing);
    await this.#call('close').catch(() => undefined);
    clearTimeout(timer);
    await this.terminate();
  }

  /** Ends the thread in the middle of whatever it does. */
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
      if (this.#dead !== null) {
        reject(failure(this.#dead));
        return;
      }
      const id = ++this.#lastId;
      this.#pending.set(id, { data, resolve, reject });
      this.#worker.postMessage({ id, type, bytes });
    });
  }

  #die(why: string): void {
    if (this.#dead !== null) return;
    this.#dead = why;
    this.#fail(failure(why));
    // An error for each, because knex writes the statement into the message of the one it gets.
    for (const { reject } of this.#pending.values()) reject(failure(why));
    this.#pending.clear();
    this.#wire?.destroy(failure(why));
  }
}

const failure = (why: string) => Object.assign(new Error(why), { code: 'EMBEDDED' });

type Send = (bytes: Uint8Array, data: Pending['data']) => Promise<void>;

/** A socket for pg whose other end is the thread. */
class Wire extends Duplex {
  readonly #send: Send;
  readonly #closed: () => void;

  constructor(send: Send, closed: () => void) {
    super({ allowHalfOpen: false });
    this.#send = send;
    this.#closed = closed;
  }

  connect(): this {
    queueMicrotask(() => this.emit('connect'));
    return this;
  }

  setNoDelay = () => this;
  setKeepAlive = () => this;
  setTimeout = () => this;
  ref = () => this;
  unref = () => this;

  override _read(): void {
    // Pushed when it comes.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this._writev([{ chunk }], done);
  }

  /** pg corks the messages of one query, so that they come as one. */
  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    const bytes = new Uint8Array(Buffer.concat(chunks.map(({ chunk }) => chunk)));
    const isFarewell = bytes[0] === 0x58;
    if (isFarewell) {
      done();
      return;
    }
    this.#send(bytes, (data) => {
      if (!this.destroyed) this.push(Buffer.from(data.buffer));
    }).then(() => done(), done);
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#closed();
    done(error);
  }
}
