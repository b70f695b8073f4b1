import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readMbox } from '../../src/mail/reading/mbox.ts';
import { toMbox } from '../../src/mail/to-mbox.ts';
import { chunked, collect, notedIn, rawsOf } from '../support/mail.ts';

const date = 'Thu Jan  1 00:00:00 2026';

const read = (text: string | Buffer, size = 1000) => collect(readMbox(chunked(Buffer.from(text), size), 'm'));

/** The texts of the messages, and what was said, in their order. */
const told = async (text: string) =>
  (await read(text)).flatMap((one) => [...rawsOf([one]).map(String), ...notedIn([one])]);

async function written(message: Buffer, size: number): Promise<Buffer> {
  return Buffer.concat(await collect(toMbox(chunked(message, size))));
}

describe('an mbox gives back every message byte for byte', () => {
  const line = fc.oneof(
    fc.constantFrom('From me', `From me ${date}`, '>From you', '>>From them', '', 'To: a@x', 'text \xe9\0', 'x\r'),
    fc.constantFrom('From', '> From ', '>', '>>>', 'Fro', '>F', '\r'),
    fc.string({ unit: 'binary-ascii', maxLength: 20 }),
  ); // prettier-ignore
  const message = fc
    .array(line, { maxLength: 6 })
    .map((lines) => Buffer.from(['From: a@x', ...lines, ''].join('\n'), 'latin1'));

  test('however it is cut', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 60 }),
        async (messages, writing, reading) => {
          const mbox = Buffer.concat(await Promise.all(messages.map((each) => written(each, writing))));
          const found = await read(mbox, reading);
          expect(rawsOf(found)).toEqual(messages);
        },
      ),
    ));

  test.each([
    ['an endless line', 'x'.repeat(300_000)],
    ['an endless word that could be From', 'F'.repeat(300_000)],
    ['an endless From', 'From'.repeat(80_000)],
    ['an endless quote', `${'>'.repeat(300_000)}From x`],
    ['a quote behind the end of a piece', `${'>'.repeat(65_535)}From x`],
    ['endless quotes that quote nothing', `${'>'.repeat(300_000)}\n${'>'.repeat(300_000)} From x`],
    ['an endless line that starts like a separator', `From x ${date}${'x'.repeat(300_000)}`],
  ])('with %s', async (_, body) => {
    const message = Buffer.from(`From: a@x\n\n${body}\n`);
    for (const size of [7, 1000, 65_536, 1_000_000]) {
      const found = await read(await written(message, size), size);
      expect(Buffer.compare(rawsOf(found)[0] ?? Buffer.alloc(0), message), `in pieces of ${size}`).toBe(0);
      expect(found).toHaveLength(1);
    }
  });
});

describe('an mbox is cut where it was cut when written', () => {
  test.each([
    `From john@x ${date}`,
    `From MAILER-DAEMON ${date}`,
    'From - Thu Jan 01 00:00:00 2026',
    'From 1234567890@xxx Thu Jan 01 00:00:00 +0000 2026',
    'From john at example.com  Thu Jan  1 00:00:00 2026',
    'From ???@??? Thu Jan 01 00:00:00 2026',
    'From john@x Thu Jan  1 00:00:00 CEST 2026',
    'From john@x Thu Jan  1 00:00 2026',
    'From john@x Thu, 1 Jan 2026 00:00:00 +0000',
    'From john@x 2026-01-01T00:00:00Z',
    'From john@x Thu Jan 01 00:00:00 98',
    'From 0f5a8e6b1c0d4e3f9a8b7c6d5e4f3a2b1c0d9e8f Mon Sep 17 00:00:00 2001',
    `From john ${date} remote from host`,
    `From "john doe"@x ${date}`,
  ])('at %j', async (line) => {
    const text = `${line}\nTo: a@x\n\none\n\n${line}\nTo: b@x\n\ntwo\n`;
    expect(await told(text)).toEqual(['To: a@x\n\none\n', 'To: b@x\n\ntwo\n']);
    const crlf = text.replaceAll('\n', '\r\n');
    expect(await told(crlf)).toEqual(['To: a@x\r\n\r\none\r\n', 'To: b@x\r\n\r\ntwo\r\n']);
  });

  const from = `From john@x ${date}`;
  const whole = (body: string) => `${from}\nTo: a@x\n\n${body}`;
  const noted = (line: number) =>
    `m, message 1: line ${line} looks like the start of a message; it was left where it is`;
  test.each([
    ['a sentence', 'From now on: x\n', []],
    ['a sentence behind an empty line', 'one\n\nFrom now on\ntwo\n', []],
    ['a sentence before an empty line', 'one\nFrom now on\n\ntwo\n', []],
    ['a sentence at the end', 'one\n\nFrom now on', []],
    ['a sentence before what looks like a field', 'one\nFrom now on\nNote: two\n', []],
    ['a sentence between an empty line and a header', 'one\n\nFrom now on\nTo: two\n', [noted(6)]],
    ['a sentence with a date', `one\nFrom ${date} on\ntwo\n`, [noted(5)]],
    ['a quoted separator before text', `one\n\n${from}\ntwo\n`, [noted(6)]],
    ['a date before what looks like a field', 'one\n\nFrom 9:00 on 5 May 2026\nNote: two\n', [noted(6)]],
    ['a date before an address of a page', 'one\n\nFrom 9:00 on 5 May 2026\nhttps://x\n', [noted(6)]],
    [
      'a date before fields that messages do not have',
      `one\n\n${from}\nNote: a\n b\nX: c\n\nTo: b@x\n`,
      [noted(6)],
    ],
    ['a separator at the very end', `one\n\n${from}\n`, [noted(6)]],
  ])('but not at %s', async (_, body, notes) => {
    expect(await told(whole(body))).toEqual([...notes, `To: a@x\n\n${body}`]);
  });

  test.each([
    ['without an empty line before', `${from}\n`, 5],
    ['without a date', '\nFrom john@x\n', 6],
    ['without either', 'From - \n', 5],
    ['with an odd date', '\nFrom john@x Thursday, 2 January 2026 10.15\n', 6],
    ['with a day alone', '\nFrom john@x 2026-01-02\n', 6],
    ['without an empty line before, and with other fields first', `${from}\nDate: x\nX: y\n`, 5],
  ])('and a message that may be two is left out: %s', async (_, separator, line) => {
    expect(await told(`${whole(`one\n${separator}To: b@x\n`)}\n${from}\nTo: c@x\n`)).toEqual([
      `m, message 1: line ${line} may be the start of another message`,
      'To: c@x\n',
    ]);
  });

  test.each(['From ', 'From -', 'From - ', 'From john@x', 'From 5555'])(
    'and at %j, where the first line has no date either',
    async (line) => {
      const text = `${line}\nTo: a@x\n\nFrom me\n\n${line}\nTo: b@x\n\ntwo\n`;
      expect(await told(text)).toEqual(['To: a@x\n\nFrom me\n', 'To: b@x\n\ntwo\n']);
      expect(await told(text.replaceAll('\n', '\r\n'))).toHaveLength(2);
    },
  );

  test.each([
    ['empty lines', '\n \n'],
    ['a byte order mark', '\ufeff'],
  ])('a separator may be followed by %s, which are no part of the message', async (_, front) => {
    const blank = front.replace(' ', '');
    expect(await told(`${from}\n${front}To: a@x\n\none\n\n${from}\n${blank}To: b@x\n`)).toEqual([
      'To: a@x\n\none\n',
      'To: b@x\n',
    ]);
  });

  test.each([from, 'From john@x'])('a header is one by any of its fields: %s', async (line) => {
    const fields = 'Date: x\nX-Long: a\n b\nContent-Type: text/plain\n';
    const text = `${line}\n${fields}To: a@x\n\n${line}\n${fields}To: b@x\n`;
    expect(await told(text)).toEqual([`${fields}To: a@x\n`, `${fields}To: b@x\n`]);
  });

  test.each([
    ['one long field', `X: ${'x'.repeat(200_000)}\n`],
    ['many fields', 'X-Spam: x\n'.repeat(10_000)],
  ])('a header is one, however far down its known field is: %s', async (_, fields) => {
    const text = `${from}\nTo: a@x\n\n${from}\n${fields}To: b@x\n`;
    expect(await told(text)).toEqual(['To: a@x\n', `${fields}To: b@x\n`]);
  });

  test('what a program has put before a header stays', async () => {
    expect(await told(`${from}\n>From remote\nTo: a@x\n\n${from}\n>>From remote\nTo: b@x\n`)).toEqual([
      '>From remote\nTo: a@x\n',
      '>From remote\nTo: b@x\n',
    ]);
    expect(await read(await written(Buffer.from('>From remote\nTo: b@x\n'), 9))).toMatchObject([
      { parts: [Buffer.from('>From remote\nTo: b@x\n')] },
    ]);
  });

  test('a file that starts with a sentence is none, up to its first separator', async () => {
    expect(await told(`From here on\nTo: victim@x\n\n${from}\nTo: b@x\n`)).toEqual([
      'm, message 1: it is not mail: its first line is not a header field',
      'To: b@x\n',
    ]);
  });

  test('what is no mail, or too large, is left out by its number, and the others come', async () => {
    const large = `${from}\nTo: b@x\n\n${'x'.repeat(1023)}`;
    async function* chunks() {
      yield Buffer.from(`${from}\nhello\n\n${from}\nTo: a@x\n\none\n\n${large}`);
      const line = Buffer.alloc(1024 * 1024, 'y');
      for (let i = 0; i < 150; i++) yield await Promise.resolve(line);
      yield Buffer.from(`\n\n${from}\nNote: no mail\n\n${from}\nTo: c@x\n`);
    }
    const found = await collect(readMbox(chunks(), 'm'));
    expect(rawsOf(found).map(String)).toEqual(['To: a@x\n\none\n', 'To: c@x\n']);
    expect(found.filter(({ type }) => type === 'leftOut')).toEqual([
      {
        type: 'leftOut',
        place: 'm, message 1',
        reason: 'it is not mail: its first line is not a header field',
      },
      { type: 'leftOut', place: 'm, message 3', reason: 'it is larger than 150 MB' },
    ]);
  });
});

test('chunks of nothing change nothing', async () => {
  const chunks = Readable.from([Buffer.alloc(0), Buffer.from('From \nTo: a@x\n'), Buffer.alloc(0)]);
  expect(rawsOf(await collect(readMbox(chunks as AsyncIterable<Buffer>, 'm'))).map(String)).toEqual([
    'To: a@x\n',
  ]);
});
