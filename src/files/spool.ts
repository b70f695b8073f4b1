import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { reasonOf, RollcallError } from '../core/errors.ts';
import { visible } from '../core/printable.ts';

/** Small pieces are collected to this many bytes: one system call for each would cost more than all the rest. */
const blockSize = 64 * 1024;

/**
 * A temporary file that no other user can read: written once, then read, from its beginning each time. It is unlinked right after it is created,
 * so nothing is left behind, however the process ends.
 */
export class Spool {
  readonly #file: FileHandle;
  /** Bytes in the file. */
  #size = 0;
  #pending: Uint8Array[] = [];
  #pendingSize = 0;

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
    return this.#size + this.#pendingSize;
  }

  /** @param chunk must not change afterwards */
  async write(chunk: Uint8Array): Promise<void> {
    this.#pending.push(chunk);
    this.#pendingSize += chunk.length;
    if (this.#pendingSize >= blockSize) await this.flush();
  }

  /** Writes what was collected, so that a full disk is noticed now and not when it is read. */
  async flush(): Promise<void> {
    const chunk = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingSize = 0;
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

  /** Everything that was written, in pieces; each is valid only until the next one is requested. */
  async *read(pieceSize = blockSize): AsyncGenerator<Buffer> {
    await this.flush();
    const buffer = Buffer.allocUnsafeSlow(pieceSize);
    for (let position = 0; position < this.#size;) {
      const { bytesRead } = await this.#file.read(buffer, 0, pieceSize, position);
      if (bytesRead === 0) throw new Error('a temporary file was truncated while it was read');
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
    `cannot write a temporary file in ${visible(tmpdir())}: ${reasonOf(error)}; set TMPDIR to another folder`,
  );
