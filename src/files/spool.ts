import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { RollcallError, systemCode } from '../core/errors.ts';
import { visible } from '../core/text.ts';

/**
 * A temporary file that nobody else can read: written once, then read once. It has no name from the beginning,
 * so that nothing of it stays, however the process ends.
 */
export class Spool {
  readonly #file: FileHandle;
  #size = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(): Promise<Spool> {
    const path = join(tmpdir(), `rollcall-${randomUUID()}`);
    try {
      const file = await open(path, 'wx+', 0o600);
      await unlink(path);
      return new Spool(file);
    } catch (error) {
      throw failure(error);
    }
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size;
  }

  async write(chunk: Uint8Array): Promise<void> {
    try {
      for (let written = 0; written < chunk.length;) {
        const { bytesWritten } = await this.#file.write(chunk, written, chunk.length - written, this.#size);
        written += bytesWritten;
        this.#size += bytesWritten;
      }
    } catch (error) {
      throw failure(error);
    }
  }

  /** All that was written, from the beginning, in pieces that hold only until the next one is asked for. */
  async *read(pieceSize = 64 * 1024): AsyncGenerator<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(pieceSize);
    for (let position = 0; position < this.#size;) {
      const { bytesRead } = await this.#file.read(buffer, 0, pieceSize, position);
      if (bytesRead === 0) throw new Error('a temporary file became shorter while it was read');
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

const failure = (error: unknown) =>
  new RollcallError(
    'failed',
    `cannot write a temporary file in ${visible(tmpdir())}: ${systemCode(error)}; TMPDIR names another folder`,
  );
