import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readElements } from '../../src/directory/elements.ts';

async function* cut(text: string, at: readonly number[]): AsyncGenerator<string> {
  let start = 0;
  for (const end of [...at].sort((a, b) => a - b)) {
    if (end <= start || end >= text.length) continue;
    yield text.slice(start, end);
    start = end;
  }
  yield await Promise.resolve(text.slice(start));
}

async function elementsOf(text: string, at: readonly number[] = []): Promise<unknown[] | 'rejected'> {
  const elements: unknown[] = [];
  try {
    for await (const group of readElements(cut(text, at))) elements.push(...group);
    return elements;
  } catch (error) {
    if (error instanceof SyntaxError) return 'rejected';
    throw error;
  }
}

/** What JSON.parse makes of it, which is what has to come out however the text is cut. */
function expected(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : 'rejected';
  } catch {
    return 'rejected';
  }
}

const listing = fc
  .json({ maxDepth: 4 })
  .map((json) => `[${json}, {"userName":"\\u00fc😀","n":[-1.5e3,true,null]}]`);
const cuts = fc.array(fc.nat(200), { maxLength: 8 });

test('reads what JSON.parse reads, however it is cut', async () => {
  await fc.assert(
    fc.asyncProperty(listing, cuts, async (text, at) => {
      expect(await elementsOf(text, at)).toEqual(expected(text));
    }),
    { numRuns: 500 },
  );
});

test('rejects what JSON.parse rejects, one damaged character anywhere', async () => {
  const damage = fc.constantFrom(
    '',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '0',
    '-',
    'e',
    ' ',
    '\n',
    'n',
    '/',
    '\u0001',
    '\ufeff',
  );
  await fc.assert(
    fc.asyncProperty(
      listing,
      fc.nat(400),
      damage,
      fc.boolean(),
      cuts,
      async (text, place, char, replace, at) => {
        const i = place % text.length;
        const damaged = text.slice(0, i) + char + text.slice(replace || char === '' ? i + 1 : i);
        expect(await elementsOf(damaged, at)).toEqual(expected(damaged));
      },
    ),
    { numRuns: 3_000 },
  );
});

test('rejects every beginning of a listing that is not all of it', async () => {
  const text = '[{"userName":"a","emailAddresses":["a@x"]},{"userName":"b"}] ';
  const whole = text.lastIndexOf(']') + 1;
  for (let length = 0; length < whole; length++)
    expect(await elementsOf(text.slice(0, length))).toBe('rejected');
  expect(await elementsOf(text.slice(0, whole))).toHaveLength(2);
});

describe('rejects', () => {
  test.each([
    '',
    ' ',
    'null',
    '"ok"',
    '{}',
    '7',
    'NaN',
    '[NaN]',
    '[01]',
    '[1.]',
    '[+1]',
    '[.5]',
    "['a']",
    '[1,]',
    '[,1]',
    '[1]]',
    '[1][2]',
    '[1] x',
    '[1]\u00a0',
    '{"a":1}\n{"a":2}',
    '[{"a":1}}',
    '[{"a":1]',
    '[/* */1]',
    '[1] // end',
    '<b>Notice</b>[]',
    '["a\nb"]',
    '["\\x"]',
    '["\\u00g0"]',
    ']',
    '[1 2]',
    '[{"a" 1}]',
    '[tru]',
  ])('%j', async (text) => {
    expect(expected(text)).toBe('rejected');
    expect(await elementsOf(text)).toBe('rejected');
  });
});

test('survives the depth of a hundred thousand, and numbers that no double can hold', async () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  expect(await elementsOf(deep)).toHaveLength(1);
  expect(await elementsOf('[1e400,12345678901234567890]')).toEqual([Infinity, 12345678901234567000]);
});

test('holds no more of one element than it is allowed', async () => {
  const read = async (text: string) => {
    const groups = [];
    for await (const group of readElements(cut(text, [3, 6, 9]), 4)) groups.push(group);
    return groups.flat();
  };
  expect(await read('["a","b","c"]')).toEqual(['a', 'b', 'c']);
  await expect(read('["aaaaaaaaa"]')).rejects.toThrow('an element has more than 4 characters');
});
