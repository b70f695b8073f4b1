import { expect, test } from 'vitest';
import { archivePrivileges, contradiction, userPrivileges } from '../../src/core/privileges.ts';

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
  [['none', 'login'], '"none" stands alone'],
  [['login', 'admin'], '"admin" stands alone'],
  [['login', 'archive', 'login'], 'a privilege is given twice'],
])('%j: %s', (privileges, wrong) => expect(contradiction(privileges)).toBe(wrong));
