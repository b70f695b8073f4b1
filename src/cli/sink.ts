import { open, unlink, type FileHandle } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { writeReasonOf, RollcallError } from '../core/errors.ts';
import { visible } from '../core/printable.ts';

/** Where a result goes: standard output, or a file. */
export class Sink {
  readonly #name: string;
  readonly #file: FileHandle | null;
  /** The path of a file that this sink created; it is removed if no result is written. */
  readonly #made: string | null;
  #stream: Writable | null = null;
  #failure: Error | null = null;
  #isClosed = false;

  /**
   * @param file is opened before the run starts, so that a bad path fails early; its old content stays until there is a
   *   new result
   */
  static async open(file?: string): Promise<Sink> {
    if (file === undefined) return new Sink('standard output', null, null);
    try {
      // Only the one who creates a file may remove it again.
      const made = await open(file, 'ax').catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null;
        throw error;
      });
      return new Sink(visible(file), made ?? (await open(file, 'a')), made && file);
    } catch (error) {
      throw new RollcallError(
        'usage',
        `cannot write to ${visible(file)} (--output): ${visible(writeReasonOf(error))}`,
      );
    }
  }

  private constructor(name: string, file: FileHandle | null, made: string | null) {
    this.#name = name;
    this.#file = file;
    this.#made = made;
  }

  /**
   * Writes a piece of the result. When the reader has closed the pipe (`| head`), the rest is dropped without an error.
   *
   * @throws RollcallError when it cannot be written
   */
  async write(piece: string | Uint8Array): Promise<void> {
    const stream = (this.#stream ??= await this.#begin());
    if (this.#failure === null) await this.#settle((done) => stream.write(piece, done));
    this.#check();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const stream = this.#stream;
    if (stream === null) await this.#file?.close();
    else if (stream !== process.stdout) await this.#settle((done) => stream.end(done));
    this.#check();
  }

  /** Removes the file if nothing was written to it. Does nothing after `close`. */
  async abandon(): Promise<void> {
    if (this.#stream !== null || this.#isClosed) return;
    this.#isClosed = true;
    await this.#file?.close();
    if (this.#made !== null) await unlink(this.#made);
  }

  async #begin(): Promise<Writable> {
    if ((await this.#file?.stat())?.isFile() === true) await this.#file?.truncate();
    const stream = this.#file === null ? process.stdout : this.#file.createWriteStream();
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
