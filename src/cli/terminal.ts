import type { ChalkInstance } from 'chalk';
import type { GlobalOptions } from './globals.ts';
import { holdLog, isLogJson, log } from './log.ts';

/** What a command line says about standard error. */
export interface TerminalOptions extends GlobalOptions {
  /** What is told waits until a run proves to be worth it; see print-run.ts. */
  quietUnchanged?: true | undefined;
}

/** Messages on standard error. Results go to a `Sink` (sink.ts). */
export class Terminal {
  readonly #quiet: boolean;
  readonly #waits: boolean;
  readonly #verbose: boolean;
  readonly #color: boolean;

  constructor({ quiet, verbose, color, quietUnchanged }: TerminalOptions) {
    this.#quiet = quiet === true;
    this.#waits = quietUnchanged === true;
    if (this.#waits) holdLog();
    this.#verbose = verbose === true;
    this.#color = color && !process.env['NO_COLOR'];
  }

  /** Colors for a result on standard output; none for one in a file. */
  async paint(toFile: boolean): Promise<ChalkInstance> {
    const { Chalk } = await import('chalk');
    const isWanted = isForced() || process.stdout.isTTY;
    return new Chalk({ level: this.#color && !toFile && isWanted ? 1 : 0 });
  }

  /** Prints even with `--quiet`. */
  fail(message: string): void {
    log('error', message);
  }

  warn(message: string): void {
    if (!this.#quiet) log('warning', message);
  }

  note(message: string): void {
    if (!this.#quiet) log('info', message);
  }

  /** Prints only with `--verbose`. */
  tell(message: string): void {
    if (this.#verbose) log('debug', message);
  }

  /** A progress line, on a terminal only; null removes it. */
  async progress(): Promise<(text: string | null) => void> {
    // Where nobody has told the terminal its size, the lines of a spinner would have none.
    if (this.#quiet || this.#waits || isLogJson() || !process.stderr.isTTY || process.stderr.columns === 0)
      return () => undefined;
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

/** As in a CI job, whose log is no terminal but shows colors (https://force-color.org). */
const isForced = () => !['', '0', 'false'].includes(process.env['FORCE_COLOR'] ?? '');

/** The width of standard output in columns, or of a usual terminal if it is unknown; null if it is not a terminal. */
export const terminalWidth = (): number | null =>
  process.stdout.isTTY ? process.stdout.columns || 80 : null;
