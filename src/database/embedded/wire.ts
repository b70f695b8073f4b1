import { Duplex } from 'node:stream';
import type { Thread } from './thread.ts';

/** A socket for pg whose other end is the thread of the embedded Postgres. */
export class Wire extends Duplex {
  readonly #open: () => Promise<Thread>;
  readonly #closed: () => void;
  #thread: Thread | null = null;

  /**
   * @param open returns the thread, and starts it if needed
   * @param closed is called when pg closes the socket
   */
  constructor(open: () => Promise<Thread>, closed: () => void) {
    super({ allowHalfOpen: false });
    this.#open = open;
    this.#closed = closed;
  }

  connect(): this {
    this.#open().then(
      (thread) => {
        this.#thread = thread;
        void thread.died.then((error) => this.destroy(error));
        if (!this.destroyed) this.emit('connect');
      },
      (error: unknown) => this.destroy(error as Error),
    );
    return this;
  }

  setNoDelay = () => this;
  setKeepAlive = () => this;
  setTimeout = () => this;
  ref = () => this;
  unref = () => this;

  override _read(): void {
    // Data is pushed as it arrives.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this._writev([{ chunk }], done);
  }

  /** pg corks the messages of one query, so they arrive together. */
  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    const bytes = new Uint8Array(Buffer.concat(chunks.map(({ chunk }) => chunk)));
    const isFarewell = bytes[0] === 0x58;
    if (isFarewell || this.#thread === null) {
      done();
      return;
    }
    this.#thread
      .wire(bytes, (data) => {
        if (!this.destroyed) this.push(Buffer.from(data.buffer));
      })
      .then(() => done(), done);
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
