import { open, type FileHandle } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { Chalk, type ChalkInstance } from 'chalk';
import { messageOf, RollcallError } from '../core/errors.ts';
import { visible } from '../core/text.ts';

export interface TerminalOptions {
  quiet?: boolean | undefined;
  verbose?: boolean | undefined;
  /** Commander's name for `--no-color`. */
  color?: boolean | undefined;
}

/** Standard error tells the story; the result goes to a `Sink`. */
export class Terminal {
  readonly #quiet: boolean;
  readonly #verbose: boolean;
  readonly #color: boolean;

  constructor({ quiet = false, verbose = false, color = true }: TerminalOptions) {
    this.#quiet = quiet;
    this.#verbose = verbose;
    this.#color = color && !process.env['NO_COLOR'];
  }

  /** Colours for a result that goes to standard output, or to a file, where there are none. */
  paint(toFile: boolean): ChalkInstance {
    return new Chalk({ level: this.#color && !toFile && process.stdout.isTTY ? 1 : 0 });
  }

  warn(message: string): void {
    if (!this.#quiet) process.stderr.write(`rollcall: warning: ${message}\n`);
  }

  note(message: string): void {
    if (!this.#quiet) process.stderr.write(`rollcall: ${message}\n`);
  }

  /** For the administrator who asked for more. */
  tell(message: string): void {
    if (this.#verbose) process.stderr.write(`rollcall: ${message}\n`);
  }

  /** A line that changes while the work goes on; on a terminal only. */
  async progress(): Promise<(text: string | null) => void> {
    if (this.#quiet || !process.stderr.isTTY) return () => undefined;
    const { default: ora } = await import('ora');
    const spinner = ora({
      stream: process.stderr,
      discardStdin: false,
      ...(this.#color ? {} : { color: false }),
    });
    let shown = 0;
    return (text) => {
      if (text === null) spinner.stop();
      else if (!spinner.isSpinning) spinner.start(text);
      else if (Date.now() - shown > 50) {
        spinner.text = text;
        shown = Date.now();
      }
    };
  }
}

/** Where a result goes: standard output, or a file. */
export class Sink {
  readonly #name: string;
  readonly #file: FileHandle | null;
  #stream: Writable | null = null;
  #failure: Error | null = null;

  /**
   * @param file is opened at once, so that no run begins whose result cannot be written; what is in it stays until
   *   there is a new result
   */
  static async open(file?: string): Promise<Sink> {
    if (file === undefined) return new Sink('standard output', null);
    try {
      return new Sink(visible(file), await open(file, 'a'));
    } catch (error) {
      throw new RollcallError(
        'usage',
        `cannot write to ${visible(file)} (--output): ${visible(messageOf(error))}`,
      );
    }
  }

  private constructor(name: string, file: FileHandle | null) {
    this.#name = name;
    this.#file = file;
  }

  /**
   * Writes a piece of the result. A reader who has seen enough (`| head`) is no failure: the rest is not written.
   *
   * @throws RollcallError when it cannot be written
   */
  async write(piece: string | Uint8Array): Promise<void> {
    const stream = (this.#stream ??= await this.#begin());
    if (this.#failure === null) await this.#settle((done) => stream.write(piece, done));
    this.#check();
  }

  async close(): Promise<void> {
    const stream = this.#stream;
    if (stream === null) await this.#file?.close();
    else if (stream !== process.stdout) await this.#settle((done) => stream.end(done));
    this.#check();
  }

  async #begin(): Promise<Writable> {
    if ((await this.#file?.stat())?.isFile() === true) await this.#file?.truncate();
    const stream = this.#file === null ? process.stdout : this.#file.createWriteStream();
    // The callbacks below hear of a failure sooner; unheard, it would end the process.
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
      `the result could not be written to ${this.#name}: ${visible(messageOf(this.#failure))}`,
    );
  }
}
