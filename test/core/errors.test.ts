import { expect, test } from 'vitest';
import { messageOf, reasonOf, RollcallError, writeReasonOf } from '../../src/core/errors.ts';

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

test.each([
  ['ENOSPC', 'no space left on the disk', 'no space left on the disk'],
  ['ENOENT', 'it does not exist', 'its folder does not exist'],
  ['EACCES', 'permission denied', 'permission denied'],
  ['EMFILE', 'what Node says', 'what Node says'],
  [undefined, 'what Node says', 'what Node says'],
])('a file error with the code %s', (code, reading, writing) => {
  const error = Object.assign(new Error('what Node says'), { code });
  expect([reasonOf(error), writeReasonOf(error)]).toEqual([reading, writing]);
});

test.each(['EISDIR', 'ENOTDIR', 'EPERM', 'EROFS'])('%s is put in words', (code) =>
  expect(reasonOf(Object.assign(new Error('x'), { code }))).toMatch(/^\w[\w -]{10,}$/),
);
