import { createWriteStream } from 'node:fs';
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

/** Where a result goes. */
export class Sink {
  readonly #stream: Writable;
  readonly #name: string;
  #failure: Error | null = null;

  /** @param file opened at once, so that a run does not begin whose result cannot be written */
  static async open(file: string | undefined): Promise<Sink> {
    if (file === undefined) return new Sink(process.stdout, 'standard output');
    const stream = createWriteStream(file);
    await new Promise<void>((resolve, reject) => {
      stream.once('open', () => resolve());
      stream.once('error', (error) =>
        reject(
          new RollcallError(
            'usage',
            `cannot write to ${visible(file)} (--output): ${visible(messageOf(error))}`,
          ),
        ),
      );
    });
    return new Sink(stream, visible(file));
  }

  private constructor(stream: Writable, name: string) {
    this.#stream = stream;
    this.#name = name;
    stream.on('error', (error) => (this.#failure ??= error));
  }

  /**
   * Writes a piece of the result. A reader who has seen enough (`| head`) is no failure: the rest is not written.
   *
   * @throws RollcallError when it cannot be written
   */
  async write(piece: string | Uint8Array): Promise<void> {
    if (this.#failure === null)
      await new Promise<void>((resolve) => this.#stream.write(piece, () => resolve()));
    this.#check();
  }

  async close(): Promise<void> {
    if (this.#stream !== process.stdout)
      await new Promise<void>((resolve) => this.#stream.end(() => resolve()));
    this.#check();
  }

  #check(): void {
    if (this.#failure === null || (this.#failure as NodeJS.ErrnoException).code === 'EPIPE') return;
    throw new RollcallError(
      'failed',
      `the result could not be written to ${this.#name}: ${visible(messageOf(this.#failure))}`,
    );
  }
}
