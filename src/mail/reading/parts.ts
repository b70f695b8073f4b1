import { largestMessage, partSize } from '../bounds.ts';

const firstBlock = 16 * 1024;

/** Collects the bytes of one message, in pieces of any number and size, into parts of at most `partSize`. */
export class Parts {
  readonly #blocks: Buffer[] = [];
  /** Free bytes at the end of the last block. */
  #free = 0;
  #size = 0;

  /** Copies the bytes, because a piece of a line would keep all that was read with it. */
  add(bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (this.isTooLarge) this.#blocks.length = 0;
    else for (let at = 0; at < bytes.length;) at += this.#copy(bytes, at);
  }

  /** What is too large is no longer kept. */
  get isTooLarge(): boolean {
    return this.#size > largestMessage;
  }

  /** The message; empty when it is too large. */
  take(): Buffer[] {
    const last = this.#blocks.pop();
    if (last === undefined) return [];
    const blocks = [...this.#blocks, last.subarray(0, last.length - this.#free)];
    // Blocks double in size, so that those before the first whole part are one part together.
    const small = blocks.filter((_, i) => i === 0 || (blocks[i - 1]?.length ?? 0) < partSize / 2);
    return [small.length === 1 ? (blocks[0] ?? last) : Buffer.concat(small), ...blocks.slice(small.length)];
  }

  #copy(bytes: Uint8Array, from: number): number {
    if (this.#free === 0) this.#grow();
    const block = this.#blocks.at(-1) as Buffer;
    const taken = Math.min(this.#free, bytes.length - from);
    block.set(bytes.subarray(from, from + taken), block.length - this.#free);
    this.#free -= taken;
    return taken;
  }

  #grow(): void {
    const held = this.#blocks.reduce((sum, { length }) => sum + length, 0);
    this.#free = Math.min(partSize, Math.max(firstBlock, held));
    this.#blocks.push(Buffer.allocUnsafe(this.#free));
  }
}
