import { describe, expect, test } from 'vitest';
import { addressesOf, addressKeysIn } from '../../src/mail/addresses.ts';
import { fieldsOf, splitMessage } from '../../src/mail/header.ts';

const addressesIn = (message: string) => addressesOf(splitMessage(Buffer.from(message)).header);

describe('the addresses of a message', () => {
  test('are those of sender and recipients, in every field that counts', () => {
    const counted = [
      ...['From', 'Sender', 'To', 'Cc', 'Bcc', 'Delivered-To', 'X-Envelope-From', 'X-Envelope-To'],
      ...['Resent-From', 'Resent-Sender', 'Resent-To', 'Resent-Cc', 'Resent-Bcc'],
    ];
    const header = [...counted, 'Reply-To', 'X-Other']
      .map((name, i) => `${name}: N${i} <A${i}@Example.com>`)
      .join('\r\n');
    expect(addressesIn(`${header}\r\n\r\nTo: body@example.com`)).toEqual(
      counted.map((_, i) => `a${i}@example.com`),
    );
  });

  test.each([
    ['\ufeffTo: a@x\n\nbody', ['a@x'], 'behind a byte order mark'],
    ['\n \r\nTo: a@x\n\nTo: b@x', ['a@x'], 'behind empty lines'],
    ['>From x Thu Jan  1 00:00:00 2026\nTo: a@x\n\n', ['a@x'], 'behind the line of an mbox'],
    ['To: a@x,\r\n\tb@x\n\n', ['a@x', 'b@x'], 'in a folded field'],
    ['To : a@x\n\n', ['a@x'], 'with a blank before the colon'],
    ['From: c@x\rTo: a@x,\r b@x\r\rTo: d@x', ['c@x', 'a@x', 'b@x'], 'with the line ends of old Macs'],
    [
      'To: a@x\r\r\nCc: b@x\r\r\n\r\r\nTo: c@x\r\r\n',
      ['a@x', 'b@x'],
      'with line ends that were converted twice',
    ],
    ['To: a@x\nX-Schön: 1\nCc: b@x\n\n', ['a@x', 'b@x'], 'around a field with a name of other letters'],
    [
      'Subject: x\nHello Bob\nTo: c@x\n\n',
      [],
      'but not behind a line that is no field: there the header ends',
    ],
    ['Subject: a\r\rb\nTo: a@x\n\n', ['a@x'], 'whatever a lone carriage return would hide'],
    [`X: ${'x'.repeat(3_000_000)}\nTo: a@x\n\n`, ['a@x'], 'behind a very long field'],
    ['to: undisclosed-recipients:;\nFrom: a@x\n\n', ['a@x'], 'beside an empty group'],
    ['Subject: nobody\n\n', [], 'or none'],
  ])('%j', (message, addresses) => expect(addressesIn(message)).toEqual(addresses));

  test('are all of them, however many', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `a${i}@x`);
    expect(addressesIn(`To: ${many.join(',\n ')}\n\n`)).toEqual(many);
  });
});

describe('a text with addresses is read as mail programs do', () => {
  test.each([
    ['john@x', ['john@x']],
    ['JOHN@X', ['john@x']],
    ['"Doe, John" <john@x>, jane@x', ['john@x', 'jane@x']],
    ['Team: a@x, b@x;, c@x', ['a@x', 'b@x', 'c@x']],
    ['a@x; b@x', ['a@x', 'b@x']],
    ['=?utf-8?q?J=C3=BCrgen?= <j@x>', ['j@x']],
    // Nothing that is only part of a name or a comment.
    ['"victim@x" <a@y>', ['a@y']],
    ['victim@x <a@y>', ['a@y']],
    ['"a\\" <victim@x>" <b@y>', ['b@y']],
    ['a@y (victim@x)', ['a@y']],
    ['=?utf-8?q?victim=40x=2C?= <a@y>', ['a@y']],
    ['=?utf-8?q?victim=40x?=', []],
    // What may stand around one.
    ['<@relay,@other:john@x>', ['john@x']],
    ['john@x.', ['john@x']],
    ['<john@x.>', ['john@x']],
    ["<'john@x'>", ['john@x']],
    ['<mailto:john@x>', ['john@x']],
    ['john @ x', ['john@x']],
    ['"john"@x', ['john@x']],
    ['john(his)@x', ['john@x']],
    // Both spellings have the same key.
    ['j@bücher.example', ['j@xn--bcher-kva.example']],
    ['j@XN--BCHER-KVA.example.', ['j@xn--bcher-kva.example']],
    ['<>', []],
    ['a\0@x', ['a\ufffd@x']],
    ['al\x1bice@x', ['al\ufffdice@x']],
    ['a@x, b@x\r', ['a@x', 'b@x\ufffd']],
    ['\ud800@x', []],
  ])('%j', (text, keys) => expect(addressKeysIn(text)).toEqual(keys));
});

test('a hostile text takes no longer than its length', () => {
  const size = 200_000;
  const hostile = [
    ' ',
    '<',
    '(',
    ')',
    '"',
    '@',
    ',',
    ':',
    ';',
    'a:',
    '()',
    '<"',
    'a@b ',
    ' @',
    '\\',
    'g:a@x;',
  ];
  const began = Date.now();
  for (const text of hostile) addressKeysIn(text.repeat(size / text.length));
  addressKeysIn(`<"${' '.repeat(size)}"@x>`);
  fieldsOf(Buffer.from(`To: ${'\r'.repeat(size)}x`));
  // A quadratic one takes longer for a single text.
  expect(Date.now() - began).toBeLessThan(20_000);
});
