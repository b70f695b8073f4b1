/**
 * The hash of `hashtextextended` in Postgres for a database in UTF-8: Bob Jenkins' lookup3 of the bytes, in 64 bits
 * (src/common/hashfn.c, `hash_bytes_extended`). It is quick on both sides, and not meant to resist anybody who knows the
 * seed.
 */
export class Lookup3 {
  /** The upper and lower half of the last hash, as signed 32-bit integers. */
  high = 0;
  low = 0;
  readonly #seedHigh: number;
  readonly #seedLow: number;
  #bytes = new Uint8Array(4_096);
  #words = new Int32Array(this.#bytes.buffer);

  /** @param seed a signed 64-bit integer, as Postgres takes it; not 0, which it treats differently */
  constructor(seed: bigint) {
    this.#seedHigh = Number(BigInt.asIntN(32, seed >> 32n));
    this.#seedLow = Number(BigInt.asIntN(32, seed));
  }

  /** Hashes the UTF-8 bytes of a well-formed text; the result is in `high` and `low`. */
  hash(text: string): void {
    const length = this.#write(text);
    const words = this.#words;
    let a = (0x9e3779b9 + 3923095 + length) | 0;
    let b = a;
    let c = a;
    a = (a + this.#seedHigh) | 0;
    b = (b + this.#seedLow) | 0;
    let at = -3;
    let left = length + 12;
    for (;;) {
      // Mix.
      a = (a - c) ^ ((c << 4) | (c >>> 28));
      c = (c + b) | 0;
      b = (b - a) ^ ((a << 6) | (a >>> 26));
      a = (a + c) | 0;
      c = (c - b) ^ ((b << 8) | (b >>> 24));
      b = (b + a) | 0;
      a = (a - c) ^ ((c << 16) | (c >>> 16));
      c = (c + b) | 0;
      b = (b - a) ^ ((a << 19) | (a >>> 13));
      a = (a + c) | 0;
      c = (c - b) ^ ((b << 4) | (b >>> 28));
      b = (b + a) | 0;
      at += 3;
      left -= 12;
      a = (a + (words[at] as number)) | 0;
      b = (b + (words[at + 1] as number)) | 0;
      if (left < 12) break;
      c = (c + (words[at + 2] as number)) | 0;
    }
    // The zeros behind the text are the bytes that it lacks. The lowest byte of c is left to the length.
    c = (c + ((words[at + 2] as number) << 8)) | 0;
    c = (c ^ b) - ((b << 14) | (b >>> 18));
    a = (a ^ c) - ((c << 11) | (c >>> 21));
    b = (b ^ a) - ((a << 25) | (a >>> 7));
    c = (c ^ b) - ((b << 16) | (b >>> 16));
    a = (a ^ c) - ((c << 4) | (c >>> 28));
    b = (b ^ a) - ((a << 14) | (a >>> 18));
    c = (c ^ b) - ((b << 24) | (b >>> 8));
    this.high = b | 0;
    this.low = c | 0;
  }

  /** @returns the number of bytes; at least 12 zeros follow them */
  #write(text: string): number {
    const most = 3 * text.length + 12;
    if (most > this.#bytes.length) {
      this.#bytes = new Uint8Array(4 * Math.ceil(most / 2));
      this.#words = new Int32Array(this.#bytes.buffer);
    }
    const { written } = encoder.encodeInto(text, this.#bytes);
    this.#bytes.fill(0, written, written + 12);
    return written;
  }
}

const encoder = new TextEncoder();
