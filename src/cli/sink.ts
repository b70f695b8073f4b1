import type { Writable } from 'node:stream';
import { writeReasonOf, RollcallError } from '../core/errors.ts';
import { visible } from '../core/printable.ts';
import { openOutput, type OutputFile, type Taboo } from './output-file.ts';

/** Where a result goes: standard output, or a file. */
export class Sink {
  /** Whether anything was written to standard output. */
  static hasSpoken = false;
  readonly #name: string;
  readonly #file: OutputFile | null;
  #stream: Writable | null = null;
  #failure: Error | null = null;
  #isClosed = false;

  /** @param file is opened before the run starts, so that a bad path fails early; `-` is standard output */
  static async open(file?: string, taboo: Taboo = {}): Promise<Sink> {
    if (file === undefined || file === '-') return new Sink('standard output', null);
    return new Sink(visible(file), await openOutput(file, taboo));
  }

  private constructor(name: string, file: OutputFile | null) {
    this.#name = name;
    this.#file = file;
  }

  /**
   * Writes a piece of the result. When the reader has closed the pipe (`| head`), the rest is dropped without an error.
   *
   * @throws RollcallError when it cannot be written
   */
  async write(piece: string | Uint8Array): Promise<void> {
    const stream = (this.#stream ??= this.#begin());
    if (this.#file === null) Sink.hasSpoken = true;
    if (this.#failure === null) await this.#settle((done) => stream.write(piece, done));
    this.#check();
  }

  /** Ends a complete result: a file gets it only now. */
  async close(): Promise<void> {
    const stream = this.#stream;
    if (stream === null) await this.#file?.handle.close();
    else if (stream !== process.stdout) await this.#settle((done) => stream.end(done));
    this.#check();
    await this.#file?.finish().catch((error: unknown) => (this.#failure = error as Error));
    this.#check();
    this.#isClosed = true;
  }

  /** Leaves a file as it was. Does nothing after `close`. */
  async abandon(): Promise<void> {
    if (this.#isClosed || this.#file === null) return;
    this.#isClosed = true;
    // A pipe stays open: its reader will get the failure, and takes a closed one for the end.
    if (!this.#file.isDraft) return;
    if (this.#stream === null) await this.#file.handle.close();
    else this.#stream.destroy();
    await this.#file.abandon();
  }

  #begin(): Writable {
    const stream = this.#file === null ? process.stdout : this.#file.handle.createWriteStream();
    // The write callbacks report the failure; without a listener the event would end the process.
    stream.on('error', () => undefined);
    return stream;
  }

  async #settle(start: (done: (error?: Error | null) => void) => unknown): Promise<void> {
    this.#failure ??= await new Promise<Error | null>((resolve) => start((error) => resolve(error ?? null)));
  }

  #check(): void {
    if (this.#failure === null || (this.#failure as NodeJS.ErrnoException).code === 'EPIPE') return;
    throw new RollcallError(
      'failed',
      `the result could not be written to ${this.#name}: ${visible(writeReasonOf(this.#failure))}`,
    );
  }
}
