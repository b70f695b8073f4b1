import { visible } from '../core/printable.ts';

/** In bytes. A message must fit into memory, and into one value in Postgres. */
export const largestMessage = 256 * 1024 * 1024;

const newline = 0x0a;

/**
 * Reads an mbox (the mboxrd variant): every message follows a line `From …`, and lines that start with `>From `,
 * `>>From ` and so on lose one `>`. Everything else stays as it is, including line endings.
 *
 * @param chunks the file, split anywhere
 */
export async function* readMbox(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let message: Buffer[] | null = null;
  let size = 0;
  for await (const line of linesOf(chunks)) {
    if (startsWith(line, 'From ')) {
      if (message !== null) yield close(message);
      message = [];
      size = 0;
    } else if (message !== null) {
      const kept = /^>+From /.test(line.toString('latin1', 0, 64)) ? line.subarray(1) : line;
      size += kept.length;
      if (size > largestMessage) throw new Error(`a message is larger than ${largestMessage} bytes`);
      message.push(kept);
    } else if (line.toString('latin1').trim() !== '') {
      throw new Error(`it does not start with "From ", but with "${visible(line.toString('utf8', 0, 20))}"`);
    }
  }
  if (message !== null) yield close(message);
}

/** The empty line before the next `From ` belongs to the mbox, not to the message. */
function close(lines: Buffer[]): Buffer {
  const last = lines.at(-1)?.toString('latin1');
  return Buffer.concat(last === '\n' || last === '\r\n' ? lines.slice(0, -1) : lines);
}

/** Quotes a message for an mbox; `readMbox` restores it. */
export function toMbox(raw: Buffer): Buffer {
  const head = Buffer.from('From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n');
  const text = raw.toString('latin1').replace(/(^|\n)(>*From )/g, '$1>$2');
  // A message without a final newline gets one: an mbox cannot represent its absence.
  const end = text.endsWith('\n') ? '\n' : '\n\n';
  return Buffer.concat([head, Buffer.from(text + end, 'latin1')]);
}

const startsWith = (line: Buffer, text: string) =>
  line.length >= text.length && line.toString('latin1', 0, text.length) === text;

/** Splits into lines, which keep their line endings. */
async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const line = chunk.subarray(start, end + 1);
      yield rest.length === 0 ? line : Buffer.concat([...rest, line]);
      rest = [];
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}
