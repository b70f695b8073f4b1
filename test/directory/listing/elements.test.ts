import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readElements } from '../../../src/directory/listing/elements.ts';

async function* cut(text: string, at: readonly number[]): AsyncGenerator<string> {
  let start = 0;
  for (const end of [...at].sort((a, b) => a - b)) {
    if (end <= start || end >= text.length) continue;
    yield text.slice(start, end);
    start = end;
  }
  yield await Promise.resolve(text.slice(start));
}

async function groupsOf(text: string, at: readonly number[] = [], longest?: number): Promise<unknown[][]> {
  const groups = [];
  for await (const group of readElements(cut(text, at), longest)) groups.push(group);
  return groups;
}

async function elementsOf(text: string, at: readonly number[] = []): Promise<unknown[] | 'rejected'> {
  try {
    return (await groupsOf(text, at)).flat();
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

/** Every way to cut a text once, and to cut it into single characters. */
const waysToCut = (text: string): number[][] => {
  const places = [...Array(text.length + 1).keys()];
  return [...places.map((place) => [place]), places];
};

describe('accepts, wherever it is cut', () => {
  test.each([
    ...[
      '[]',
      '[ ]',
      ' \t\r\n[1] \t\r\n',
      '[1,2,3]',
      '[[1,2],[3]]',
      '[{"a":[1,{}]},{"b":","}]',
      '[[],{},"",null]',
    ],
    ...['["a\\"b","\\\\","]"]', '["\\\\\\"",{"\\"}":"[{"}]', '["\\u005d","😀"]', '["", "[", "]", "{", "}"]'],
    ...['["a\\"",1]', '["\\\\",1]', '["\\\\\\\\"]'],
  ])('%j', async (text) => {
    for (const at of waysToCut(text)) expect(await elementsOf(text, at)).toEqual(JSON.parse(text));
  });
});

describe('rejects, wherever it is cut', () => {
  test.each([
    ...['', ' ', 'null', '"ok"', '{}', '7', 'NaN', '[NaN]', '[01]', '[1.]', '[+1]', '[.5]', "['a']", '[1 2]'],
    ...[
      '[1,]',
      '[,1]',
      '[,]',
      '[1,,2]',
      '[ , ]',
      '[1]]',
      '[1][2]',
      '[1] x',
      '[1]\u00a0',
      '[1]\v',
      '\ufeff[1]',
    ],
    ...[
      '{"a":1}\n{"a":2}',
      '[{"a":1}}',
      '[{"a":1]',
      '[{"a" 1}]',
      '[}',
      '[1}',
      '[[1}]',
      '[{]}',
      ']',
      '}',
      ',',
      '"[',
    ],
    ...[
      '[/* */1]',
      '[1] // end',
      '<b>Notice</b>[]',
      '["a\nb"]',
      '["\\x"]',
      '["\\u00g0"]',
      '[tru]',
      '["a]',
      '["a\\"]',
    ],
  ])('%j', async (text) => {
    expect(expected(text)).toBe('rejected');
    for (const at of waysToCut(text)) expect(await elementsOf(text, at)).toBe('rejected');
  });
});

test.each([
  ['[1]x', 'there is something after the array'],
  ['[1] [', 'there is something after the array'],
  ['secret', 'it is not an array'],
  ['{"secret":1}', 'it is not an array'],
  ['[1}', 'it is not valid JSON'],
  ['["secret", secret]', 'it is not valid JSON'],
  ['["secret",]', 'it is not valid JSON'],
  ['["secret"', 'it ends before the array is complete'],
  [' ', 'it ends before the array is complete'],
  ['', 'it ends before the array is complete'],
])('says of %j what is wrong, and quotes nothing', async (text, message) => {
  // The last one is cut just behind its last comma.
  await expect(groupsOf(text, [text.lastIndexOf(',') + 1])).rejects.toThrow(new SyntaxError(message));
});

test('hands out the elements of one chunk at a time, and no empty group', async () => {
  expect(await groupsOf('[1,2,3,4,5]', [4, 7])).toEqual([[1], [2, 3], [4, 5]]);
  expect(await groupsOf('[[1,2],{"a":3,"b":4}]', [4, 15])).toEqual([[[1, 2]], [{ a: 3, b: 4 }]]);
  expect(await groupsOf('[1] ', [3])).toEqual([[1]]);
  expect(await groupsOf('[]')).toEqual([]);
});

test('survives the depth of a hundred thousand, and numbers that no double can hold', async () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  expect(await elementsOf(deep)).toHaveLength(1);
  expect(await elementsOf('[1e400,12345678901234567890]')).toEqual([Infinity, 12345678901234567000]);
});

describe('holds no more of one element than it is allowed', () => {
  const everywhere = [...Array(100).keys()];
  const refusal = 'an element has more than 4 characters';

  test('but any number of elements', async () => {
    expect((await groupsOf('["a","b","c"]', [3, 6, 9], 4)).flat()).toEqual(['a', 'b', 'c']);
    expect((await groupsOf('[1234,1234,1234]', everywhere, 4)).flat()).toEqual([1234, 1234, 1234]);
  });

  test('to the character', async () => {
    expect(await groupsOf('["aa"]', everywhere, 4)).toEqual([['aa']]);
    await expect(groupsOf('["aaa"]', everywhere, 4)).rejects.toThrow(refusal);
    await expect(groupsOf('[1,"aaa"]', everywhere, 4)).rejects.toThrow(refusal);
    await expect(groupsOf('["aaaaaaaaa"]', [3, 6, 9], 4)).rejects.toThrow(refusal);
  });

  test('and that is a lot', async () => {
    const text = JSON.stringify(['x'.repeat(100_000)]);
    expect(await groupsOf(text, [1_000, 50_000])).toHaveLength(1);
  });
});
