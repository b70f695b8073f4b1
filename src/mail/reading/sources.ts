import { stat } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import { reasonOf } from '../../core/errors.ts';
import { visible } from '../../core/printable.ts';
import { openReadable } from '../../files/readable.ts';
import { leftOut, type Found } from '../found.ts';
import { readFile } from './file.ts';
import { isMaildir, readMaildir } from './maildir.ts';

/**
 * The messages of a file or folder: a single message (.eml) or an mbox, gzipped or not, or a Maildir; `-` is standard
 * input. The content decides which it is, not the name. What cannot be read comes as `leftOut`, after everything that can.
 *
 * @param signal ends the waiting for a pipe that nobody writes to
 */
export async function* readMail(path: string, stdin: Readable, signal: AbortSignal): AsyncGenerator<Found> {
  const name = path === '-' ? 'standard input' : visible(path);
  try {
    if (path !== '-' && (await stat(path)).isDirectory()) {
      if (await isMaildir(path)) yield* readMaildir(path);
      else yield leftOut(name, 'it is a folder, but not a Maildir (it has neither cur nor new)');
      return;
    }
    const stream = addAbortSignal(signal, path === '-' ? stdin : (await openReadable(path)).stream);
    yield* readFile(stream as AsyncIterable<Buffer>, name);
  } catch (error) {
    yield leftOut(name, visible(reasonOf(error)));
  }
}
