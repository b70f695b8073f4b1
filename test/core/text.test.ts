import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeJson, visible } from '../../src/core/text.ts';

test.each([
  ['plain Zoë 漢字', 'plain Zoë 漢字'],
  ['a\nb\t\r', 'a\\u{a}b\\u{9}\\u{d}'],
  ['\u001b[31mred', '\\u{1b}[31mred'],
  ['back\\slash', 'back\\\\slash'],
  ['\u202eevil', '\\u{202e}evil'],
  ['zero\u200bwidth\u00ad', 'zero\\u{200b}width\\u{ad}'],
  ['\u2028\u0085\u007f', '\\u{2028}\\u{85}\\u{7f}'],
  ['\ud800', '\\u{d800}'],
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
