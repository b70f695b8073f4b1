import { constants, createReadStream, fstat, open, type Stats } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

/**
 * Opens a file for reading. Opening or reading a pipe as a file would block a thread until somebody writes, deaf to every
 * signal.
 *
 * @returns the stream, which closes the file at its end, and what the file was like before
 */
export async function openReadable(path: string): Promise<{ stream: Readable; stats: Stats }> {
  const fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const stats = await promisify(fstat)(fd);
  const stream = stats.isFIFO() ? new Socket({ fd, writable: false }) : createReadStream(path, { fd });
  return { stream, stats };
}
