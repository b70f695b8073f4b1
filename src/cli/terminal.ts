import type { ChalkInstance } from 'chalk';
import type { GlobalOptions } from './globals.ts';

/** Messages on standard error. Results go to a `Sink` (sink.ts). */
export class Terminal {
  readonly #quiet: boolean;
  readonly #verbose: boolean;
  readonly #color: boolean;

  constructor({ quiet, verbose, color }: GlobalOptions) {
    this.#quiet = quiet === true;
    this.#verbose = verbose === true;
    this.#color = color && !process.env['NO_COLOR'];
  }

  /** Colors for a result on standard output; none for one in a file. */
  async paint(toFile: boolean): Promise<ChalkInstance> {
    const { Chalk } = await import('chalk');
    return new Chalk({ level: this.#color && !toFile && process.stdout.isTTY ? 1 : 0 });
  }

  /** Prints even with `--quiet`. */
  fail(message: string): void {
    process.stderr.write(`rollcall: ${message}\n`);
  }

  warn(message: string): void {
    if (!this.#quiet) process.stderr.write(`rollcall: warning: ${message}\n`);
  }

  note(message: string): void {
    if (!this.#quiet) process.stderr.write(`rollcall: ${message}\n`);
  }

  /** Prints only with `--verbose`. */
  tell(message: string): void {
    if (this.#verbose) process.stderr.write(`rollcall: ${message}\n`);
  }

  /** A progress line, on a terminal only; null removes it. */
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
