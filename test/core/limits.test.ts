import { describe, expect, test } from 'vitest';
import { findBlocks, type Limit, type Limits, type Load } from '../../src/core/limits.ts';

const free: Limit = { percent: null, atLeast: 0, count: null };
const limits: Limits = {
  ...{ deletions: free, updates: free, renames: free, creations: free },
  overlap: { percent: 0, fromUsers: 1 },
};
const load = (stored: number, of: Partial<Load> = {}): Load => ({
  ...{ stored, found: stored, deletions: 0, updates: 0, renames: 0, creations: 0, missing: [] },
  ...of,
});

const kinds = ['deletions', 'updates', 'renames', 'creations'] as const;

describe.each(kinds)('%s', (kind) => {
  const held = { ...limits, [kind]: { percent: 10, atLeast: 5, count: 500 } };

  test.each([
    [1, 1, null],
    [5, 5, null],
    [5, 6, { percent: 10 }],
    [60, 6, null],
    [60, 7, { percent: 10 }],
    [59, 6, { percent: 10 }],
    [5_000, 500, null],
    [5_000, 501, { percent: 10 }],
    [100_000, 500, null],
    [100_000, 501, { count: 500 }],
  ])('of %i stored users %i: %j', (stored, changes, exceeded) => {
    expect(findBlocks(load(stored, { [kind]: changes }), held)).toEqual(
      exceeded === null ? [] : [{ limit: kind, changes, stored, exceeded }],
    );
  });

  test('either part of a limit may be missing', () => {
    const blocks = (limit: Limit, changes: number) =>
      findBlocks(load(100, { [kind]: changes }), { ...limits, [kind]: limit }).length;
    expect(blocks({ percent: 10, atLeast: 0, count: null }, 10)).toBe(0);
    expect(blocks({ percent: 10, atLeast: 0, count: null }, 11)).toBe(1);
    expect(blocks({ percent: null, atLeast: 0, count: 3 }, 3)).toBe(0);
    expect(blocks({ percent: null, atLeast: 0, count: 3 }, 4)).toBe(1);
    expect(blocks({ percent: null, atLeast: 0, count: 0 }, 1)).toBe(1);
    expect(blocks(free, 100)).toBe(0);
  });
});

test('all reasons are given', () => {
  const none = { percent: null, atLeast: 0, count: 0 };
  const held = {
    ...{ deletions: none, updates: none, renames: none, creations: none },
    overlap: limits.overlap,
  };
  const blocks = findBlocks(load(9, { deletions: 1, updates: 2, renames: 3, creations: 4 }), held);
  expect(blocks.map(({ limit, changes }) => [limit, changes])).toEqual([
    ['deletions', 1],
    ['updates', 2],
    ['renames', 3],
    ['creations', 4],
  ]);
});

test('whoever begins with nobody creates everybody', () => {
  const held = { ...limits, creations: { percent: 1, atLeast: 0, count: 0 } };
  expect(findBlocks(load(0, { creations: 1_000 }), held)).toEqual([]);
  expect(findBlocks(load(1, { creations: 1_000 }), held)).toHaveLength(1);
});

describe('a listing in which nobody is found', () => {
  const strict = { ...limits, overlap: { percent: 50, fromUsers: 100 } };
  const block = (stored: number, strangers: number) => ({
    ...{ limit: 'emptyList', changes: 0, stored, exceeded: null, strangers },
  });

  test.each<[string, Load, Limits, unknown[]]>([
    ['is refused when it is empty', load(1, { found: 0 }), strict, [block(1, 0)]],
    ['is refused when it is empty, whatever the limits', load(1, { found: 0 }), limits, [block(1, 0)]],
    ['is refused when it has only others', load(9, { found: 0, creations: 2 }), strict, [block(9, 2)]],
    ['passes when nobody has to be found', load(9, { found: 0, creations: 2 }), limits, []],
    ['passes on an empty database', load(0), strict, []],
    ['passes when one is found', load(9, { found: 1 }), strict, []],
  ])('%s', (_, held, by, blocks) => expect(findBlocks(held, by)).toEqual(blocks));
});

test.each([
  [9, 1, true],
  [10, 4, false],
  [10, 5, true],
  [11, 5, false],
  [11, 6, true],
  [1_000, 499, false],
])('of %i stored users %i are found, half of ten or more have to be: passes %j', (stored, found, passes) => {
  const held = { ...limits, overlap: { percent: 50, fromUsers: 10 } };
  expect(findBlocks(load(stored, { found }), held)).toEqual(
    passes ? [] : [{ limit: 'overlap', changes: found, stored, exceeded: { percent: 50 } }],
  );
});

test('a member that has another name refuses the first run, and no later one', () => {
  const missing = [
    { member: 'fullName' as const, called: 'fullName', seen: ['displayName'] },
    { member: 'emailAddresses' as const, called: 'mail address', seen: ['mail'] },
  ];
  expect(findBlocks(load(0, { creations: 3, missing }), limits)).toEqual(
    missing.map((one) => ({ limit: 'missingMember', changes: 3, stored: 0, exceeded: null, ...one })),
  );
  expect(findBlocks(load(1, { creations: 3, missing }), limits)).toEqual([]);
});
