import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileGlob } from '../../src/core/glob.ts';

test.each([
  ['', '', true],
  ['', 'a', false],
  ['*', '', true],
  ['?', '', false],
  ['?', '😀', true],
  ['??', '😀', false],
  ['a*c', 'a/\nb.c', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['*.doe', 'john.doe.doe', true],
  ['.(+)[a]{1}|^$', '.(+)[a]{1}|^$', true],
  ['.', 'x', false],
  ['\\*', '*', true],
  ['\\*', 'x', false],
  ['\\\\*', '\\x', true],
  ['cn=doe\\, *', 'cn=doe\\, john', true],
  ['\\', '\\', true],
])('%j on %j: %j', (pattern, text, expected) => expect(compileGlob(pattern)(text)).toBe(expected));

test('agrees with the regular expression that it stands for', () => {
  const letters = (characters: string[], maxLength: number) =>
    fc.array(fc.constantFrom(...characters), { maxLength }).map((list) => list.join(''));
  fc.assert(
    fc.property(letters(['a', 'b', '*', '?'], 7), letters(['a', 'b'], 9), (pattern, text) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
      expect(compileGlob(pattern)(text)).toBe(expression.test(text));
    }),
    { numRuns: 2_000 },
  );
});

test('takes no time to speak of for a pattern with many stars', () => {
  const began = Date.now();
  expect(compileGlob(`${'*('.repeat(50)}*x`)('('.repeat(4096))).toBe(false);
  // The regular expression does not end.
  expect(Date.now() - began).toBeLessThan(5_000);
});
