/** A field of a header; its name is in lower case, its value unfolded and otherwise raw. */
export interface Field {
  name: string;
  value: string;
}

/** The fields whose addresses decide which archives a message belongs to. */
export const deciding = new Set([
  ...['from', 'sender', 'to', 'cc', 'bcc', 'delivered-to', 'x-envelope-from', 'x-envelope-to'],
  ...['resent-from', 'resent-sender', 'resent-to', 'resent-cc', 'resent-bcc'],
]);

/** Fields that messages have, and hardly anything else: one of them makes a text a message. */
const known = new Set([
  ...deciding,
  ...['reply-to', 'subject', 'message-id', 'in-reply-to', 'received', 'return-path', 'envelope-to'],
  ...['x-original-to', 'dkim-signature', 'received-spf', 'resent-message-id', 'list-id', 'x-mailer'],
]);

/** RFC 5322, 2.2 and 4.5.8, and letters of other languages: no blank and no colon, but blanks before the colon. */
const field = /^([^\s:\p{Cc}]+)[ \t]*:/u;

/** What some programs leave in the first lines of a header. */
const quotedFrom = /^>+From /;

/** A byte order mark and empty lines, which editors and downloads leave in front, as bytes in latin1. */
const front = /^(?:\xef\xbb\xbf)?(?:[ \t]*\r*\n)*/;

/** In bytes. No more is looked at to find the start of a message. */
const frontSize = 64 * 1024;

/** How many bytes are in front of a message, and no part of it. */
export function frontOf(message: Buffer): number {
  const [first = 0] = message;
  if (first > 0x20 && first < 0x7f) return 0;
  return front.exec(message.toString('latin1', 0, frontSize))?.[0].length ?? 0;
}

/** What a line says about the text that it stands in the first lines of. */
export type LineKind = 'known' | 'field' | 'folded' | 'other';

/** Whether a line is a field that messages have, another field, or goes on with the one before. */
export function kindOfLine(line: Buffer): LineKind {
  const text = line.toString('utf8', frontOf(line), 1000);
  if (quotedFrom.test(text)) return 'known';
  const [, name] = field.exec(text) ?? [];
  if (name !== undefined) return known.has(name.toLowerCase()) ? 'known' : 'field';
  return /^[ \t]/.test(text) ? 'folded' : 'other';
}

/** Why a text is no message; null when it is one. Its first line is a field, and one of its fields is known. */
export function whyNoMail(start: Buffer): string | null {
  const fields = fieldsOf(splitMessage(start).header);
  if (fields.length === 0) return 'its first line is not a header field';
  return fields.some(({ name }) => known.has(name)) ? null : 'none of its header fields is one of a message';
}

/** The header of a message without what is in front, and whether it ends here: at an empty line. */
export function splitMessage(message: Buffer): { header: Buffer; isWhole: boolean } {
  const start = frontOf(message);
  const end = endOfHeader(message, start);
  return { header: message.subarray(start, end ?? message.length), isWhole: end !== null };
}

/** The end of the last line before the first empty one; null if there is none. */
function endOfHeader(message: Buffer, start: number): number | null {
  let at = message.indexOf('\n', start);
  // As on old Macs. One line feed is enough for carriage returns to be text: else they could hide what follows.
  if (at < 0) {
    const end = message.indexOf('\r\r', start);
    return end < 0 ? null : end + 1;
  }
  for (; at >= 0; at = message.indexOf('\n', at + 1)) {
    let next = at + 1;
    while (message[next] === 0x0d) next += 1;
    if (message[next] === 0x0a) return at + 1;
  }
  return null;
}

/** The fields of a header in their order, up to the first line that is none: for mail programs, the header ends there. */
export function fieldsOf(header: Buffer): Field[] {
  const text = header.toString('utf8');
  const lines = text.includes('\n')
    ? text.replace(/\r{0,2}\n(?=[ \t])/g, '').split(/\r{0,2}\n/)
    : text.replace(/\r(?=[ \t])/g, '').split('\r');
  const fields: Field[] = [];
  for (const line of lines) {
    if (fields.length === 0 && quotedFrom.test(line)) continue;
    const [whole, name] = field.exec(line) ?? [];
    if (whole === undefined || name === undefined) break;
    fields.push({ name: name.toLowerCase(), value: line.slice(whole.length).trim() });
  }
  return fields;
}
