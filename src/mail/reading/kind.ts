import { partSize } from '../bounds.ts';
import { whyNoMail } from '../header.ts';

/** What a file is, told from its first bytes alone: an mbox, one message, or why it is neither. */
export type Kind = 'mbox' | 'message' | { refused: string };

/** In bytes. As much of a file is looked at to tell what it is. */
export const headSize = partSize;

const compressed = 'decompress it first; only gzip is decompressed here';
const outlook = 'an Outlook file; convert it first, for example with readpst or msgconvert';

/** What is found where mail is expected, by its first bytes in latin1. */
const others: readonly [RegExp, string][] = [
  [/^\x1f\x8b/, 'compressed twice'],
  [/^BZh/, `compressed with bzip2; ${compressed}`],
  [/^\xfd7zXZ\0/, `compressed with xz; ${compressed}`],
  [/^\x28\xb5\x2f\xfd/, `compressed with zstd; ${compressed}`],
  [/^\x04\x22\x4d\x18/, `compressed with lz4; ${compressed}`],
  [/^\x1f\x9d/, `compressed with compress; ${compressed}`],
  [/^PK\x03\x04/, 'a ZIP archive; unpack it first'],
  [/^7z\xbc\xaf\x27\x1c/, 'a 7-Zip archive; unpack it first'],
  [/^[^]{257}ustar/, 'a tar archive; unpack it first'],
  [/^\xd0\xcf\x11\xe0|^!BDN/, outlook],
  [/^\d+\s*\n[!-9;-~]+:/, 'a message of Apple Mail (.emlx); export it as .eml or mbox first'],
  [/^\x01{4}\r?\n/, 'an MMDF mailbox; convert it to mbox first'],
  [/^\*mbx\*/, 'an MBX mailbox; convert it to mbox first'],
  [/^(?:\xff\xfe|\xfe\xff)/, 'UTF-16 text; save it as UTF-8'],
];

/** @param start the first `headSize` bytes, without what is in front */
export function kindOf(start: Buffer): Kind {
  if (start.length === 0) return { refused: 'it is empty' };
  const text = start.toString('latin1', 0, 512);
  if (text.startsWith('From ')) return 'mbox';
  const other = others.find(([signature]) => signature.test(text));
  if (other) return { refused: `it is ${other[1]}` };
  const reason = whyNoMail(start);
  return reason === null ? 'message' : { refused: `it is not mail: ${reason}` };
}
