import { Chalk } from 'chalk';
import { expect, test } from 'vitest';
import { findingLines } from '../../src/report/findings.ts';

test.each([
  ['wrongServicePassword', 'wrong service password'],
  ['sqlInName', 'SQL in name'],
  ['ldapInName', 'LDAP in name'],
  ['getRequest', 'GET request'],
  ['parsableDNs', 'parsable DNs'],
  ['node', 'node'],
])('the code %s is shown as %s', (check, words) => {
  const finding = { check, grade: 'ok', message: 'found', hint: null } as const;
  expect(findingLines(finding, new Chalk({ level: 0 }))).toEqual([`  ✓ ok      ${words.padEnd(24)}found`]);
});
