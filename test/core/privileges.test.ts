import { expect, test } from 'vitest';
import { archivePrivileges, privilegeProblem, userPrivileges } from '../../src/core/privileges.ts';

test('the privileges are those of the contract', () => {
  expect([...userPrivileges].sort()).toEqual([
    ...['admin', 'archive', 'changePassword', 'delete', 'export', 'login'],
    ...['modifyArchiveProfiles', 'modifyExportProfiles', 'none'],
  ]);
  expect([...archivePrivileges].sort()).toEqual(['delete', 'none', 'read', 'write']);
});

test.each<[string[], string | null]>([
  [[], null],
  [['none'], null],
  [['admin'], null],
  [['login', 'archive'], null],
  [['none', 'login'], '"none" cannot be combined with other privileges'],
  [['login', 'admin'], '"admin" cannot be combined with other privileges'],
  [['login', 'archive', 'login'], 'a privilege appears twice'],
  [['login', 'Admin'], `"Admin" is not one of ${userPrivileges.join(', ')}`],
])('%j: %s', (privileges, wrong) => expect(privilegeProblem(privileges, userPrivileges)).toBe(wrong));

test('a privilege of users is not one on archives', () => {
  expect(privilegeProblem(['login'], archivePrivileges)).toBe(
    '"login" is not one of none, read, write, delete',
  );
  expect(privilegeProblem(['read', 'write'], archivePrivileges)).toBeNull();
});
