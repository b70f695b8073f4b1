import { all } from '../../src/database/query.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import type { Store } from '../../src/database/store.ts';

/** The rows behind a state: who somebody is, is their number, and nothing that a run may change. */
export interface Rows {
  users: Map<string, UserRow>;
  archives: Map<string, ArchiveRow>;
}

interface UserRow {
  id: string;
  user_name: string;
  authentication: string;
  full_name: string | null;
  dn: string | null;
  addresses: string[];
  privileges: string[];
}

interface ArchiveRow {
  id: string;
  owner: string | null;
  messages: number;
  last: { fullName: string | null; distinguishedName: string | null; emailAddresses: string[] } | null;
}

export async function readRows(store: Store): Promise<Rows> {
  return inTransaction(store, 'write', new AbortController().signal, async (db) => {
    const users = await all<UserRow>(
      db,
      `select id::text, user_name, authentication, full_name, lower(distinguished_name) as dn,
         array(select lower(a) from unnest(email_addresses) a) as addresses, privileges from users`,
    );
    const archives = await all<ArchiveRow>(
      db,
      `select id::text, owner_id::text as owner, last_owner as last,
         (select count(*)::int from archive_messages where archive_id = archives.id) as messages from archives`,
    );
    const byId = <T extends { id: string }>(rows: T[]) => new Map(rows.map((row) => [row.id, row]));
    return { commit: false, value: { users: byId(users), archives: byId(archives) } };
  });
}

/**
 * What a run may never do, whatever the rules of who is who say: told from the rows alone.
 *
 * @param said whether `--same` may have said that an entry of this name is somebody stored
 */
export function broken(
  before: Rows,
  after: Rows,
  { said, asks }: { said: (name: string) => boolean; asks: boolean },
): string[] {
  const found: string[] = [];
  const expect = (holds: boolean, name: string, what: string) => holds || found.push(`${name}: ${what}`);
  for (const user of before.users.values()) {
    const { id, user_name: name } = user;
    const now = after.users.get(id);
    if (user.authentication === 'integrated') {
      expect(JSON.stringify(now) === JSON.stringify(user), name, 'an integrated user was changed');
      continue;
    }
    expect(now !== undefined || !user.privileges.includes('admin'), name, 'an admin was deleted');
    if (now === undefined) continue;
    expect(now.privileges.join() === user.privileges.join(), name, 'privileges were changed');
    expect(
      said(now.user_name) || shown(user, now),
      name,
      'a user became somebody else, and nothing shows it',
    );
  }
  for (const archive of before.archives.values()) {
    const now = after.archives.get(archive.id);
    if (archive.messages === 0) continue;
    expect(now?.messages === archive.messages, archive.id, 'mail was lost');
    if (now === undefined || now.owner === archive.owner || now.owner === null) continue;
    const owner = after.users.get(now.owner);
    const name = owner?.user_name ?? '?';
    expect(archive.owner === null, name, 'mail went from one owner to another');
    expect(
      !asks || said(name) || (owner !== undefined && agrees(archive.last, owner)),
      name,
      'mail went to a stranger',
    );
  }
  return found;
}

/** The same DN; or the same name, and not that all of what both have differs. */
function shown(one: UserRow, other: UserRow): boolean {
  if (one.dn !== null && plain(one.dn) === plain(other.dn ?? '')) return true;
  if (one.user_name.toLowerCase() !== other.user_name.toLowerCase()) return false;
  const words = [
    one.dn !== null && other.dn !== null ? firstOf(one.dn) === firstOf(other.dn) : null,
    one.full_name !== null && other.full_name !== null ? shareWord(one.full_name, other.full_name) : null,
    one.addresses.length > 0 && other.addresses.length > 0 ? shareOne(one.addresses, other.addresses) : null,
  ].filter((word) => word !== null);
  // What only repeats the name differs when the rest of it does (another branch, another domain).
  const repeats = (row: UserRow) => firstOf(row.dn ?? '') === row.user_name.toLowerCase();
  return (
    words.length === 0 || words.includes(true) || (repeats(one) && repeats(other)) || onlyTheName(one, other)
  );
}

function agrees(last: ArchiveRow['last'], { dn, full_name: fullName, addresses }: UserRow): boolean {
  if (last === null) return false;
  return (
    (last.distinguishedName !== null &&
      dn !== null &&
      firstOf(last.distinguishedName.toLowerCase()) === firstOf(dn)) ||
    (last.fullName !== null && fullName !== null && shareWord(last.fullName, fullName)) ||
    shareOne(
      last.emailAddresses.map((address) => address.toLowerCase()),
      addresses,
    )
  );
}

const plain = (dn: string) => dn.replace(/\s*([,=])\s*/g, '$1').toLowerCase();
const firstOf = (dn: string) => /^[^=]*=\s*([^,]*)/.exec(dn)?.[1]?.trim() ?? dn;
const wordsOf = (text: string) => text.toLowerCase().match(/[\p{L}\p{M}\p{N}_]+/gu) ?? [];
const shareOne = (one: string[], other: string[]) => one.some((item) => other.includes(item));
const shareWord = (one: string, other: string) =>
  shareOne(wordsOf(one), wordsOf(other)) || wordsOf(one).length === 0 || wordsOf(other).length === 0;
const onlyTheName = (one: UserRow, other: UserRow) =>
  [...one.addresses, ...other.addresses].every(
    (address) => address.split('@')[0] === one.user_name.toLowerCase(),
  );
