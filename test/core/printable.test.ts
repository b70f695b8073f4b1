import fc from 'fast-check';
import { expect, test } from 'vitest';
import { count, cut, safeJson, shellWord, visible } from '../../src/core/printable.ts';

test.each([
  ['plain Zoë 漢字', 'plain Zoë 漢字'],
  ['a\nb\t\r', 'a\\u{a}b\\u{9}\\u{d}'],
  ['\u001b[31mred', '\\u{1b}[31mred'],
  ['back\\slash', 'back\\\\slash'],
  ['\u202eevil', '\\u{202e}evil'],
  ['zero\u200bwidth\u00ad', 'zero\\u{200b}width\\u{ad}'],
  ['\u2028\u2029\u0085\u007f', '\\u{2028}\\u{2029}\\u{85}\\u{7f}'],
  ['\ud800', '\\u{d800}'],
  ['\ue000\u0378', '\\u{e000}\\u{378}'],
  ['\u{e0041}', '\\u{e0041}'],
])('%j is shown as %s', (text, shown) => expect(visible(text)).toBe(shown));

const harmful = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u;

test('no text reaches a terminal raw, and no two texts look alike', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      expect(visible(a)).not.toMatch(harmful);
      if (a !== b) expect(visible(a)).not.toBe(visible(b));
    }),
  );
});

test('JSON is safe to show and parses to what it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const line = safeJson({ text });
      expect(line).not.toMatch(harmful);
      expect(JSON.parse(line)).toEqual({ text });
    }),
  );
});

test.each([
  ['Zoë 漢字 \\', '"Zoë 漢字 \\\\"'],
  ['\u007f\u202e\u2028\u2029', '"\\u007f\\u202e\\u2028\\u2029"'],
  ['\ue000\u0378', '"\\ue000\\u0378"'],
  ['\u{e0041}', '"\\udb40\\udc41"'],
])('%j is %s in JSON', (text, json) => expect(safeJson(text)).toBe(json));

test.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'abc…'],
  ['😀😀😀', 3, '😀😀😀'],
  ['😀😀😀😀', 3, '😀😀😀…'],
  ['', 0, ''],
])('%s cut to %i characters is %s', (text, most, short) => expect(cut(text, most)).toBe(short));

test('a number of things', () => {
  expect(count(1, 'user')).toBe('1 user');
  expect(count(0, 'user')).toBe('0 users');
  expect(count(12_000, 'user')).toBe('12,000 users');
  expect(count(1, 'entry', 'entries')).toBe('1 entry');
  expect(count(2, 'entry', 'entries')).toBe('2 entries');
});

test.each([
  ['john.doe', 'john.doe'],
  ['j_d-1@x.example/y', 'j_d-1@x.example/y'],
  ['John Doe', "'John Doe'"],
  ['$(reboot)', "'$(reboot)'"],
  ['a*', "'a*'"],
  ['*a', "'*a'"],
  ['Zoë', "'Zoë'"],
  ['', "''"],
  ["it's 'x'", "'it'\\''s '\\''x'\\'''"],
  ['DOM\\john doe', "'DOM\\john doe'"],
  ['a\nb', "$'a\\u000ab'"],
  ["\u001b'\\\u{e0041}", "$'\\u001b\\'\\\\\\U000e0041'"],
])('%j is %s for a shell', (word, quoted) => expect(shellWord(word)).toBe(quoted));
