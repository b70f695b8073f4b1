import { expect, test } from 'vitest';
import { changesOf, planOrder, sizesOf, type Counts } from '../../src/core/plan.ts';

const counts: Counts = {
  ...{ directory: 1_000, outOfScope: 2_000, skipped: 7, stored: 3_000, found: 4_000, unchanged: 5_000 },
  ...{ created: 1, renamed: 20, updated: 300, deleted: 4_000 },
  ...{ doubts: 8, nameTaken: 9, integrated: 10, admin: 11, held: 12, gone: 13, goneCounting: 14, unsure: 15 },
  ...{ laterChange: 16 },
};

test('a plan shows changes first, then who is left alone, then doubts', () => {
  expect(planOrder).toEqual([
    ...['create', 'rename', 'update', 'delete'],
    ...['nameTaken', 'integrated', 'admin', 'held', 'gone', 'goneCounting', 'unsure', 'laterChange'],
    'doubt',
  ]);
});

test('changes are what would be written', () => expect(changesOf(counts)).toBe(4_321));

test('every sort of a plan has its number, and nothing else has one', () => {
  expect(sizesOf(counts)).toEqual({
    ...{ create: 1, rename: 20, update: 300, delete: 4_000 },
    ...{ nameTaken: 9, integrated: 10, admin: 11, held: 12, gone: 13, goneCounting: 14, unsure: 15 },
    laterChange: 16,
    ...{ doubt: 8, skipped: 7 },
  });
});
