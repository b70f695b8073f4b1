import { expect, test } from 'vitest';
import { limit, overlap } from '../../src/cli/option-values.ts';

test.each([
  ['0', { percent: null, atLeast: 0, count: 0 }],
  ['25', { percent: null, atLeast: 0, count: 25 }],
  ['123456789', { percent: null, atLeast: 0, count: 123_456_789 }],
  ['15%', { percent: 15, atLeast: 0, count: null }],
  ['2.5%', { percent: 2.5, atLeast: 0, count: null }],
  ['0.125%', { percent: 0.125, atLeast: 0, count: null }],
])('the limit %j is %j', (text, parsed) => expect(limit(text)).toEqual(parsed));

test.each([
  ...['2.5', '-1', '%', '1e3', '', ' 1', '1 ', '1%%', 'x1', '1x', '.5%', '1.%', '1.2345%', '1234567890'],
])('%j is no limit', (text) => expect(() => limit(text)).toThrow('such as 25 or a percentage'));

test.each([
  ['80%', { percent: 80, fromUsers: 1 }],
  ['0%', { percent: 0, fromUsers: 1 }],
  ['100%', { percent: 100, fromUsers: 1 }],
  ['99.125%', { percent: 99.125, fromUsers: 1 }],
])('the overlap %j is %j', (text, parsed) => expect(overlap(text)).toEqual(parsed));

test.each([
  ...['101%', '100.1%', '80', '%', '', '1e1%', '-1%', ' 1%', '1% ', '1000%', '1.%', '.5%', '1.2345%'],
])('%j is no overlap', (text) => expect(() => overlap(text)).toThrow('a percentage such as 30%'));
