import { largestMessage, megabytes } from '../bounds.ts';
import { leftOut, noted, type Found } from '../found.ts';
import { frontOf, kindOfLine, whyNoMail } from '../header.ts';
import { linesOf, type Line } from './lines.ts';
import { shapeOf, verdictOn, type Shape } from './separator.ts';
import { QuotedMessage } from './unquote.ts';

/** A line `From …`, until the lines behind it say whether it separates two messages. */
interface Candidate {
  bytes: Buffer;
  /** Of the line, from 1. */
  number: number;
  isAfterBlank: boolean;
  behind: Line[];
  /** Bytes of the lines behind. */
  size: number;
  hasField: boolean;
}

/** In bytes. As much is looked at behind a candidate. */
const farthest = 64 * 1024;

/**
 * Reads an mbox (the mboxrd variant): cuts it at its separators (separator.ts), and takes one `>` from the lines that start with
 * `>From `, `>>From ` and so on. Everything else stays as it is, including line endings.
 *
 * @param chunks the file, split anywhere; its first line is `From …`
 * @param name of the file
 */
export async function* readMbox(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Found> {
  const reader = new MboxReader(name);
  for await (const lines of linesOf(chunks)) {
    for (const { bytes, starts } of lines) reader.read(bytes, starts);
    yield* reader.take();
  }
  reader.end();
  yield* reader.take();
}

class MboxReader {
  readonly #name: string;
  #found: Found[] = [];
  #message = new QuotedMessage();
  /** Messages begun, and lines begun. */
  #messages = 0;
  #lines = 0;
  /** What the first line looks like: a program that writes no date never does. */
  #usual: Shape = 'dated';
  /** Why the message may be two. */
  #doubt: string | null = null;
  /** An empty line; before the next separator it belongs to the mbox, not to the message. */
  #blank: Buffer | null = null;
  #candidate: Candidate | null = null;

  constructor(name: string) {
    this.#name = name;
  }

  take(): Found[] {
    return this.#found.splice(0);
  }

  read(line: Buffer, starts: boolean): void {
    if (this.#candidate !== null) {
      this.#weigh(this.#candidate, line, starts);
      return;
    }
    if (!starts) {
      this.#message.goOn(line);
      return;
    }
    this.#lines += 1;
    // A longer line comes in pieces, and separates nothing.
    if (startsWith(line, 'From ') && (this.#lines === 1 || line.at(-1) === 0x0a)) {
      const isAfterBlank = this.#blank !== null;
      const nothing = { behind: [], size: 0, hasField: false };
      this.#candidate = { bytes: line, number: this.#lines, isAfterBlank, ...nothing };
    } else if (isBlank(line)) {
      this.#keepBlank();
      this.#blank = line;
    } else {
      this.#keepBlank();
      this.#message.add(line);
    }
  }

  end(): void {
    while (this.#candidate !== null) this.#decide(this.#candidate, false);
    this.#close();
  }

  /** Looks at a line behind a candidate, until it is known whether a header is there. */
  #weigh(candidate: Candidate, bytes: Buffer, starts: boolean): void {
    candidate.behind.push({ bytes, starts });
    candidate.size += bytes.length;
    const isHeader = starts ? goesOn(candidate, bytes) : 'maybe';
    if (isHeader === 'maybe' && candidate.size <= farthest) return;
    // So many fields are a header, whatever they are.
    this.#decide(candidate, isHeader === true || (isHeader === 'maybe' && candidate.hasField));
  }

  #decide({ bytes, number, isAfterBlank, behind }: Candidate, isBeforeHeader: boolean): void {
    this.#candidate = null;
    const shape = shapeOf(bytes);
    if (number === 1) {
      this.#usual = shape;
      this.#open();
      // A sentence is no separator, and makes the message none.
      if (shape === 'sentence') this.#message.keep(bytes);
    } else {
      const verdict = verdictOn({ shape, isUsual: shape === this.#usual, isAfterBlank, isBeforeHeader });
      if (verdict === 'cut') {
        this.#close();
        this.#open();
      } else {
        if (verdict === 'doubt') this.#doubt ??= `line ${number} may be the start of another message`;
        if (verdict === 'note') this.#note(number);
        this.#keepBlank();
        this.#message.keep(bytes);
      }
    }
    for (const line of behind) this.read(line.bytes, line.starts);
  }

  #note(line: number): void {
    const reason = `line ${line} looks like the start of a message; it was left where it is`;
    this.#found.push(noted(this.#place, reason));
  }

  #open(): void {
    this.#messages += 1;
    this.#message = new QuotedMessage();
    this.#doubt = null;
  }

  #keepBlank(): void {
    if (this.#blank !== null) this.#message.keep(this.#blank);
    this.#blank = null;
  }

  #close(): void {
    this.#blank = null;
    this.#found.push(this.#whole());
  }

  #whole(): Found {
    const place = this.#place;
    this.#message.end();
    const { parts } = this.#message;
    if (parts.isTooLarge) return tooLarge(place);
    if (this.#doubt !== null) return leftOut(place, this.#doubt);
    const [first = Buffer.alloc(0), ...rest] = parts.take();
    const start = first.subarray(frontOf(first));
    const reason = whyNoMail(start);
    if (reason !== null) return leftOut(place, `it is not mail: ${reason}`);
    return { type: 'message', place, parts: [start, ...rest] };
  }

  get #place(): string {
    return `${this.#name}, message ${this.#messages}`;
  }
}

export const tooLarge = (place: string) => leftOut(place, `it is larger than ${megabytes(largestMessage)}`);

/** Whether a header is behind a candidate, as far as this line shows. */
function goesOn(candidate: Candidate, line: Buffer): boolean | 'maybe' {
  if (isBlank(line)) return candidate.hasField ? false : 'maybe';
  const kind = kindOfLine(line);
  if (kind === 'known') return true;
  if (kind === 'other' || (kind === 'folded' && !candidate.hasField)) return false;
  candidate.hasField = true;
  return 'maybe';
}

const startsWith = (line: Buffer, text: string) =>
  line.length >= text.length && line.toString('latin1', 0, text.length) === text;

const isBlank = (line: Buffer) =>
  line[0] === 0x0a || (line[0] === 0x0d && /^\r+\n$/.test(line.toString('latin1')));
