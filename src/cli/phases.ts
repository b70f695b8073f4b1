import { grouped } from '../core/printable.ts';
import type { Terminal } from './terminal.ts';

/** What a run is doing: a progress line on a terminal, and with `--verbose` a line for each phase that is over. */
export class Phases {
  readonly #terminal: Terminal;
  readonly #show: (text: string | null) => void;
  #current: { name: string; detail: string; since: number } | null = null;

  /** @param show replaces the progress line; null removes it */
  constructor(terminal: Terminal, show: (text: string | null) => void) {
    this.#terminal = terminal;
    this.#show = show;
  }

  /** @param detail how far it is, such as `12 entries` */
  at(name: string, detail = ''): void {
    if (this.#current?.name !== name) {
      this.#tell();
      this.#current = { name, detail, since: performance.now() };
    }
    this.#current.detail = detail;
    this.#show(textOf(this.#current));
  }

  end(): void {
    this.#show(null);
    this.#tell();
    this.#current = null;
  }

  #tell(): void {
    if (this.#current === null) return;
    const seconds = (performance.now() - this.#current.since) / 1_000;
    this.#terminal.tell(`${textOf(this.#current)} (${seconds.toFixed(2)} s)`);
  }
}

const textOf = ({ name, detail }: { name: string; detail: string }) =>
  detail === '' ? name : `${name}: ${detail}`;

/** `1.2 MB`, or `1.2 of 4.8 MB (25%)` if the length is known. */
export function receivedText(bytes: number, size: number | null): string {
  const received = (bytes / 1e6).toFixed(1);
  if (size === null || size < bytes) return `${received} MB`;
  const percent = size === 0 ? 0 : Math.floor((100 * bytes) / size);
  return `${received} of ${grouped(Math.ceil(size / 1e6))} MB (${percent}%)`;
}
