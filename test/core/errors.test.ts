import { expect, test } from 'vitest';
import { exitCodes, messageOf, RollcallError, systemCode, type Outcome } from '../../src/core/errors.ts';

test.each<[Outcome, number, string]>([
  ['done', 0, 'done'],
  ['failed', 1, 'failed'],
  ['pending', 2, 'pending'],
  ['blocked', 3, 'blocked'],
  ['skipped', 4, 'skipped'],
  ['rejected', 5, 'rejected'],
  ['usage', 64, 'usage'],
  ['locked', 75, 'lock'],
  ['config', 78, 'configuration'],
  ['interrupted', 130, 'Ctrl-C'],
  ['terminated', 143, 'terminated'],
])('%s ends with %i and says so', (outcome, code, word) => {
  expect(exitCodes[outcome].code).toBe(code);
  expect(exitCodes[outcome].meaning).toContain(word);
});

test('a failure that the user can act on has an outcome and no cause', () => {
  const error = new RollcallError('locked', 'wait');
  expect(error).toMatchObject({ name: 'RollcallError', outcome: 'locked', message: 'wait' });
  expect(error).not.toHaveProperty('cause');
});

test.each<[unknown, string]>([
  [new Error(' two\r\n  lines\t'), 'two lines'],
  [new TypeError(''), 'TypeError'],
  ['just a text', 'just a text'],
  [undefined, 'undefined'],
])('what was thrown is one line: %j', (thrown, message) => expect(messageOf(thrown)).toBe(message));

test('the code of a system error, where there is one', () => {
  expect(systemCode(Object.assign(new Error('x'), { code: 'ENOSPC' }))).toBe('ENOSPC');
  expect(systemCode(new Error('x'))).toBe('unknown');
});
