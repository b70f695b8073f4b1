import { afterEach, expect, test } from 'vitest';
import { dayText, momentText } from '../../src/report/moment.ts';

const zone = process.env['TZ'];
afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

test.each([
  ['Europe/Berlin', '2026-11-26T02:00:05Z', '2026-11-26 03:00:05 +0100'],
  ['Europe/Berlin', '2026-07-26T02:00:05Z', '2026-07-26 04:00:05 +0200'],
  // The same hour twice, in the night in which the clocks go back.
  ['Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25 02:30:00 +0200'],
  ['Europe/Berlin', '2026-10-25T01:30:00Z', '2026-10-25 02:30:00 +0100'],
  ['America/St_Johns', '2026-01-01T02:00:00Z', '2025-12-31 22:30:00 -0330'],
  ['Asia/Kathmandu', '2026-01-01T20:00:00Z', '2026-01-02 01:45:00 +0545'],
  ['UTC', '2026-11-26T02:00:05.900Z', '2026-11-26 02:00:05 +0000'],
])('in %s, %s is %s', (name, utc, local) => {
  process.env['TZ'] = name;
  expect(momentText(new Date(utc))).toBe(local);
  expect(dayText(new Date(utc))).toBe(local.slice(0, 10));
});
