/** What a user may do; `none` and `admin` stand alone. */
export const userPrivileges = [
  'none',
  'admin',
  'login',
  'changePassword',
  'archive',
  'modifyArchiveProfiles',
  'export',
  'modifyExportProfiles',
  'delete',
] as const;

/** What a user may do with an archive; `none` stands alone. */
export const archivePrivileges = ['none', 'read', 'write', 'delete'] as const;

const alone = ['none', 'admin'];

/** What is wrong with a set of known privileges, or null. */
export function contradiction(privileges: readonly string[]): string | null {
  const single = privileges.find((privilege) => alone.includes(privilege));
  if (single !== undefined && privileges.length > 1) return `"${single}" stands alone`;
  if (new Set(privileges).size < privileges.length) return 'a privilege is given twice';
  return null;
}
