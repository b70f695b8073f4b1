/** A line with its line ending, or a piece of one that is too long to be held whole. */
export interface Line {
  bytes: Buffer;
  /** False for a later piece of a line. */
  starts: boolean;
}

/** In bytes. A separator is shorter, and comes whole. */
const longest = 64 * 1024;

const newline = 0x0a;

/** Splits a file into lines. Those of a chunk are made one by one, because a chunk of empty lines has very many. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Iterable<Line>> {
  const splitter = new Splitter();
  for await (const chunk of chunks) yield splitter.split(chunk);
  yield splitter.end();
}

class Splitter {
  #rest: Buffer[] = [];
  /** Bytes in `#rest`. */
  #held = 0;
  #starts = true;

  *split(chunk: Buffer): Generator<Line> {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      yield this.#take(chunk.subarray(from, end + 1), true);
      from = end + 1;
    }
    this.#hold(chunk.subarray(from));
    if (this.#held <= longest) return;
    // Never within a word `From `, which says whether a line is quoted.
    const line = Buffer.concat(this.#rest);
    const word = /Fr?o?m?$/.exec(line.toString('latin1', line.length - 4))?.[0] ?? '';
    this.#rest = [];
    yield this.#take(line.subarray(0, line.length - word.length), false);
    this.#hold(Buffer.from(word, 'latin1'));
  }

  #hold(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#rest.push(piece);
    this.#held += piece.length;
  }

  *end(): Generator<Line> {
    if (this.#rest.length > 0) yield this.#take(Buffer.alloc(0), true);
  }

  #take(last: Buffer, ends: boolean): Line {
    const line = {
      bytes: this.#rest.length === 0 ? last : Buffer.concat([...this.#rest, last]),
      starts: this.#starts,
    };
    if (this.#rest.length > 0) this.#rest = [];
    this.#held = 0;
    this.#starts = ends;
    return line;
  }
}
