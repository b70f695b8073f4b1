import { describe, expect, test } from 'vitest';
import { findBlocks, parseLimit, type Limits } from '../../src/core/limits.ts';

const limits: Limits = {
  deletions: { percent: 10, atLeast: 5, count: 500 },
  updates: { percent: 50, atLeast: 20, count: null },
};
const blocked = (stored: number, deletions: number, updates = 0, listed = 1, held = limits) =>
  findBlocks({ stored, listed, deletions, updates }, held).map(({ limit }) => limit);

describe('deletions', () => {
  test.each([
    [1, 1, false],
    [5, 5, false],
    [5, 6, true],
    [60, 6, false],
    [60, 7, true],
    [59, 6, true],
    [100_000, 500, false],
    [100_000, 501, true],
  ])('of %i stored users %i: blocked %j', (stored, deletions, expected) => {
    expect(blocked(stored, deletions)).toEqual(expected ? ['deletions'] : []);
  });
});

test('updates are limited in the same way, without a count', () => {
  expect(blocked(10, 0, 20)).toEqual([]);
  expect(blocked(10, 0, 21)).toEqual(['updates']);
  expect(blocked(1_000_000, 0, 500_000)).toEqual([]);
  expect(blocked(1_000_000, 0, 500_001)).toEqual(['updates']);
});

test('an empty listing is blocked whatever the limits say, but not on an empty database', () => {
  const none: Limits = {
    deletions: { percent: 100, atLeast: 9, count: null },
    updates: { percent: 100, atLeast: 9, count: null },
  };
  expect(blocked(1, 0, 0, 0, none)).toEqual(['emptyList']);
  expect(blocked(0, 0, 0, 0, none)).toEqual([]);
});

test('the refusal names the option with the number that it would take, and that number passes', () => {
  const load = { stored: 100, listed: 1, deletions: 42, updates: 0 };
  const [block] = findBlocks(load, limits);
  expect(block?.message).toBe(
    'it would delete 42 of 100 stored directory users, more than 10 %; to allow it this once: --max-deletes 42',
  );
  const override = parseLimit('42');
  expect(override && findBlocks(load, { ...limits, deletions: override })).toEqual([]);
});

test.each([
  ['0', { percent: null, atLeast: 0, count: 0 }],
  ['25', { percent: null, atLeast: 0, count: 25 }],
  ['15%', { percent: 15, atLeast: 0, count: null }],
  ['2.5%', { percent: 2.5, atLeast: 0, count: null }],
  ['2.5', null],
  ['-1', null],
  ['%', null],
  ['1e3', null],
  ['', null],
])('the option %j is %j', (text, expected) => expect(parseLimit(text)).toEqual(expected));
