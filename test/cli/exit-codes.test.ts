import { expect, test } from 'vitest';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import type { Outcome } from '../../src/core/errors.ts';

test.each<[Outcome, number, string]>([
  ['done', 0, 'done'],
  ['failed', 1, 'failed'],
  ['pending', 2, 'pending'],
  ['blocked', 3, 'blocked'],
  ['skipped', 4, 'skipped'],
  ['rejected', 5, 'rejected'],
  ['stale', 6, 'saved plan'],
  ['held', 7, 'held'],
  ['usage', 64, 'usage'],
  ['locked', 75, 'lock'],
  ['config', 78, 'configuration'],
  ['interrupted', 130, 'Ctrl-C'],
  ['terminated', 143, 'terminated'],
])('%s ends with %i and says so', (outcome, code, word) => {
  expect(exitCodes[outcome].code).toBe(code);
  expect(exitCodes[outcome].meaning).toContain(word);
});
