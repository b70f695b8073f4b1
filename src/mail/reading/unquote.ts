import { Parts } from './parts.ts';

const arrow = 0x3e;

/** Collects a message of an mbox (mboxrd), and takes one `>` from its lines `>From `, `>>From ` and so on. */
export class QuotedMessage {
  readonly parts = new Parts();
  /** A `>` that was left away, while nothing but `>` has come of a line. */
  #arrow = false;
  #isFirstLine = true;

  /** Adds a line as it is. */
  keep(line: Buffer): void {
    this.end();
    this.parts.add(line);
  }

  /** Adds a line, or the first piece of a long one. */
  add(line: Buffer): void {
    this.end();
    const isOpen = line.at(-1) === arrow && line.every((byte) => byte === arrow);
    // The first line is what a program has put before the header, with the one `>` that it has always had.
    const isQuote = line[0] === arrow && isQuoted(line) && !(this.#isFirstLine && line[1] !== arrow);
    this.#isFirstLine = false;
    this.#arrow = isOpen;
    this.parts.add(isOpen || isQuote ? line.subarray(1) : line);
  }

  /** Adds a later piece of a long line. */
  goOn(piece: Buffer): void {
    if (!this.#arrow || !piece.every((byte) => byte === arrow)) {
      if (isQuoted(piece)) this.#arrow = false;
      this.end();
    }
    this.parts.add(piece);
  }

  /** The line that was open is not quoted. */
  end(): void {
    if (this.#arrow) this.parts.add(Buffer.of(arrow));
    this.#arrow = false;
  }
}

/** Whether nothing but `>`, however many or none, stands before `From `. */
function isQuoted(line: Buffer): boolean {
  let arrows = 0;
  while (line[arrows] === arrow) arrows += 1;
  return line.toString('latin1', arrows, arrows + 5) === 'From ';
}
