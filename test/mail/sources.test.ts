import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readMail } from '../../src/mail/reading/sources.ts';
import { collect, notedIn, rawsOf } from '../support/mail.ts';

const never = new AbortController().signal;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: Buffer | string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const read = (path: string, stdin = Readable.from([])) => collect(readMail(path, stdin, never));
const texts = async (path: string, stdin?: Readable) => rawsOf(await read(path, stdin)).map(String);
/** What was told, without the folder of the test. */
const notes = async (path: string) => notedIn(await read(path)).map((line) => line.replaceAll(folder, '.'));

const separator = 'From x Thu Jan  1 00:00:00 2026\n';
const mbox = Buffer.from(`${separator}To: a@x\n\none\n\n${separator}To: b@x\n\ntwo\n`);
const two = ['To: a@x\n\none\n', 'To: b@x\n\ntwo\n'];

describe('what a file is, its content says', () => {
  test.each<[string, Buffer | string, string[]]>([
    ['a message', 'To: a@x\r\n\r\none', ['To: a@x\r\n\r\none']],
    ['a message without a body', 'To: a@x', ['To: a@x']],
    ['a message behind the line of an mbox', `${separator}To: a@x\n\none`, ['To: a@x\n\none']],
    ['an mbox', mbox, two],
    ['an mbox behind a byte order mark', `\ufeff${mbox.toString()}`, two],
    ['an mbox behind empty lines', `\n\r\n \t\n${mbox.toString()}`, two],
    ['a message behind both', '\ufeff\n\nTo: a@x\n\none', ['To: a@x\n\none']],
    ['a gzip of an mbox', gzipSync(mbox), two],
    [
      'a gzip of several members',
      Buffer.concat([gzipSync(mbox.subarray(0, 50)), gzipSync(mbox.subarray(50))]),
      two,
    ],
    ['a message whose first field has other letters', 'X-Schön: 1\nTo: a@x\n\n', ['X-Schön: 1\nTo: a@x\n\n']],
    [
      'a message with a long field first',
      `X-Spam: ${'x'.repeat(100_000)}\nTo: a@x\n\n`,
      [`X-Spam: ${'x'.repeat(100_000)}\nTo: a@x\n\n`],
    ],
    ['a gzip with a zero behind', Buffer.concat([gzipSync(mbox), Buffer.alloc(1)]), two],
    ['a gzip with zeros behind', Buffer.concat([gzipSync(mbox), Buffer.alloc(512)]), two],
  ])('%s', async (_, content, expected) => {
    const path = file('anything', content);
    expect(await texts(path)).toEqual(expected);
    expect(await notes(path)).toEqual([]);
    const bytes = Buffer.from(content as string);
    for (const at of [1, 2, 3, 60]) {
      const parts = [bytes.subarray(0, at), bytes.subarray(at)];
      expect(await texts('-', Readable.from(parts)), `standard input, cut at ${at}`).toEqual(expected);
    }
  });

  const tar = Buffer.concat([Buffer.from('a.eml'.padEnd(257, '\0')), Buffer.from('ustar\0To: a@x\n\n')]);
  test.each<[string, Buffer | string, string, string?]>([
    ['nothing', '', 'it is empty'],
    ['empty lines', '\n\n\n', 'it is empty'],
    ['passwords', 'root:$6$x:19000:0:99999:7:::\n', 'it is not mail: none of its header fields is one of a message'],
    ['a text', 'Dear all,\nTo: a@x\n\n', 'it is not mail: its first line is not a header field'],
    ['a body alone', '<html>\n', 'it is not mail: its first line is not a header field'],
    ['a name behind a field that mail does not know', 'Package: x\n\nTo: a@x\n', 'it is not mail: none of its header fields is one of a message'],
    ['a sentence before a header', 'From here to eternity\nTo: a@x\n\n', 'it is not mail: its first line is not a header field', ', message 1'],
    ['what robots read', 'User-agent: *\n', 'it is not mail: none of its header fields is one of a message'],
    ['an answer of a web server', 'Date: Thu\nContent-Type: text/html\n\n', 'it is not mail: none of its header fields is one of a message'],
    ['a damaged gzip', Buffer.from('1f8b', 'hex'), 'unexpected end of file'],
    ['a message of Apple Mail', '9\nTo: a@x\n\n', 'it is a message of Apple Mail (.emlx); export it as .eml or mbox first'],
    ['a picture', Buffer.from('ffd8ffe000104a464946', 'hex'), 'it is not mail: its first line is not a header field'],
    ['a ZIP', 'PK\x03\x04To: a@x\n', 'it is a ZIP archive; unpack it first'],
    ['a tar', tar, 'it is a tar archive; unpack it first'],
    ['a tar.gz', gzipSync(tar), 'it is a tar archive; unpack it first'],
    ['bzip2', 'BZh91AY', 'it is compressed with bzip2; decompress it first; only gzip is decompressed here'],
    ['xz', Buffer.from('fd377a585a00', 'hex'), 'it is compressed with xz; decompress it first; only gzip is decompressed here'],
    ['zstd', Buffer.from('28b52ffd', 'hex'), 'it is compressed with zstd; decompress it first; only gzip is decompressed here'],
    ['gzip in gzip', gzipSync(gzipSync(mbox)), 'it is compressed twice'],
    ['UTF-16', Buffer.from('\ufeffTo: a@x\r\n\r\n', 'utf16le'), 'it is UTF-16 text; save it as UTF-8'],
    ['UTF-16 without a mark', Buffer.from('To: a@x\r\n\r\n', 'utf16le'), 'it is not mail: its first line is not a header field'],
    ['an Outlook file', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'it is an Outlook file; convert it first, for example with readpst or msgconvert'],
  ])('but %s is refused', async (_, content, reason, place = '') => {
    const path = file('anything', content);
    expect(await texts(path)).toEqual([]);
    expect(await notes(path)).toEqual([`./anything${place}: ${reason}`]);
  }); // prettier-ignore

  test('what cannot be read is told, behind what can', async () => {
    expect(await notes('nowhere')).toEqual(['nowhere: it does not exist']);
    file('plain/file', 'To: a@x\n\n');
    expect(await notes(join(folder, 'plain'))).toEqual([
      './plain: it is a folder, but not a Maildir (it has neither cur nor new)',
    ]);
    const many = Array.from(
      { length: 2000 },
      (_, i) => `${separator}To: a@x\n\n${i} ${Math.sqrt(i)}\n\n`,
    ).join('');
    const whole = gzipSync(many);
    for (const [damage, bytes, reason] of [
      ['half', whole.subarray(0, whole.length / 2), 'unexpected end of file'],
      ['damaged', Buffer.concat([whole, Buffer.from('damage')]), 'incorrect header check'],
      ['second', Buffer.concat([whole, whole.subarray(0, whole.length / 2)]), 'unexpected end of file'],
    ] as const) {
      const path = file(damage, bytes);
      const found = await read(path);
      expect(rawsOf(found).length, damage).toBeGreaterThan(damage === 'half' ? 800 : 1900);
      expect(notedIn(found).map((line) => line.replaceAll(folder, '.'))).toEqual([`./${damage}: ${reason}`]);
    }
  });

  test('a refused file is closed, however many there are', async () => {
    const path = file('large', Buffer.alloc(3_000_000, 'no mail\n'));
    const before = readdirSync('/proc/self/fd').length;
    for (let i = 0; i < 20; i++) expect(await notes(path)).toHaveLength(1);
    expect(readdirSync('/proc/self/fd').length).toBeLessThan(before + 5);
  });

  test('a gzip behind the zeros of another is told', async () => {
    const first = gzipSync(mbox);
    const padded = Buffer.concat([first, Buffer.alloc(512 * 2 - (first.length % 512)), gzipSync(mbox)]);
    const found = await read(file('padded', padded));
    expect(rawsOf(found).map(String)).toEqual(two.slice(0, 1));
    expect(notedIn(found)).toHaveLength(1);
  });

  test('nothing of half a message is taken for one', async () => {
    const cut = gzipSync(mbox, { level: 0 });
    expect(await texts(file('cut', cut.subarray(0, cut.length - 12)))).toEqual([two[0]]);
  });
});

describe('a Maildir', () => {
  const root = () => join(folder, 'Maildir');

  test('is read with its folders, and what is left out is told', async () => {
    file('Maildir/cur/2:2,S', 'To: b@x\n\n');
    file('Maildir/new/1', 'To: a@x\n\n');
    file('Maildir/tmp/3', 'To: never@x\n\n');
    file('Maildir/.Sent/cur/4:2,RS', gzipSync('To: c@x\n\n'));
    file('Maildir/.Sent.2025/new/5', `${separator}To: d@x\n\nFrom me\n`);
    file('Maildir/Projects/Secret/cur/6', 'To: e@x\n\n');
    file('Maildir/cur/7:2,', 'no mail');
    file('Maildir/cur/.nfs1', 'To: never@x\n\n');
    file('Maildir/dovecot-uidlist', 'no mail');
    file('Maildir/lost.eml', 'To: never@x\n\n');
    file('Maildir/sieve/filter', 'no mail');
    file('elsewhere/cur/8', 'To: never@x\n\n');
    symlinkSync(join(folder, 'elsewhere'), join(root(), '.Other'));
    symlinkSync(join(folder, 'elsewhere/cur/8'), join(root(), 'cur/9'));
    execFileSync('mkfifo', [join(root(), 'cur/pipe')]);
    expect(await texts(`${root()}/`)).toEqual([
      'To: a@x\n\n',
      'To: b@x\n\n',
      'To: c@x\n\n',
      'To: d@x\n\nFrom me\n',
      'To: e@x\n\n',
    ]);
    expect(await notes(root())).toEqual([
      './Maildir/cur/7:2,: it is not mail: its first line is not a header field',
      './Maildir/cur/9: it is a symbolic link, which is not followed',
      './Maildir/cur/pipe: it is no file, and was left out',
      './Maildir/tmp: 1 incomplete message left out',
      './Maildir: 1 file beside cur and new left out',
      './Maildir/.Other: it is a symbolic link, which is not followed',
      './Maildir/sieve: it is no Maildir, and was left out',
    ]);
  });

  test('may have only folders, names that are not UTF-8, and names that differ in their flags', async () => {
    file('mail/INBOX/new/1', 'To: a@x\n\n');
    file('mail/INBOX/cur/1:2,S', 'To: b@x\n\n');
    file('mail/INBOX/cur/1:2,RS', 'To: c@x\n\n');
    file('mail/Sent/Old/cur/2', 'To: d@x\n\n');
    const path = Buffer.concat([
      Buffer.from(join(folder, 'mail/INBOX/cur/')),
      Buffer.from('\xfcber:2,S', 'latin1'),
    ]);
    writeFileSync(path, 'To: e@x\n\n');
    expect((await texts(join(folder, 'mail'))).sort().join('')).toBe(
      'To: a@x\n\nTo: b@x\n\nTo: c@x\n\nTo: d@x\n\nTo: e@x\n\n',
    );
    expect(await notes(join(folder, 'mail'))).toEqual([]);
  });

  test('may change while it is read', async () => {
    for (let i = 1; i <= 9; i++)
      file(`Maildir/${i < 5 ? 'new' : 'cur'}/${i}${i < 5 ? '' : ':2,'}`, `To: ${i}@x\n\n`);
    const found = [];
    for await (const one of readMail(root(), Readable.from([]), never)) {
      found.push(one);
      if (found.length > 1) continue;
      renameSync(join(root(), 'new/3'), join(root(), 'cur/3:2,S'));
      renameSync(join(root(), 'cur/7:2,'), join(root(), 'cur/7:2,FS'));
      rmSync(join(root(), 'cur/8:2,'));
      file('Maildir/new/a', 'To: late@x\n\n');
    }
    const addresses = rawsOf(found).map((raw) => /To: (.*)@x/.exec(raw.toString())?.[1]);
    expect(addresses.sort()).toEqual(['1', '2', '3', '4', '5', '6', '7', '9', 'late']);
    expect(notedIn(found)).toEqual([`${root()}: 1 message deleted while it was read`]);
  });
});
