/** What a user may do. `none` and `admin` cannot be combined with others. */
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

/** What a user may do with an archive. `none` cannot be combined with others. */
export const archivePrivileges = ['none', 'read', 'write', 'delete'] as const;

const alone = ['none', 'admin'];

/**
 * What is wrong with a set of privileges, or null.
 *
 * @param known the privileges that exist
 */
export function privilegeProblem(privileges: readonly string[], known: readonly string[]): string | null {
  const unknown = privileges.find((privilege) => !known.includes(privilege));
  if (unknown !== undefined) return `${JSON.stringify(unknown)} is not one of ${known.join(', ')}`;
  const single = privileges.find((privilege) => alone.includes(privilege));
  if (single !== undefined && privileges.length > 1)
    return `"${single}" cannot be combined with other privileges`;
  if (new Set(privileges).size < privileges.length) return 'a privilege appears twice';
  return null;
}
