import type { Listed } from './persons-entry.ts';
import type { Night } from './persons-ledger.ts';

export interface NaiveUser {
  id: string;
  name: string;
  dn: string | null;
}

/** By name. An archive is kept by its name, as its owner is. */
export interface NaiveArchive {
  id: string;
  name: string;
  owner: string | null;
}

export interface NaiveState {
  users: readonly NaiveUser[];
  archives: readonly NaiveArchive[];
  /** How many users and archives there ever were. */
  made: number;
}

export const nobody: NaiveState = { users: [], archives: [], made: 0 };

/**
 * The rule of those who never ask: whoever has the DN is meant, else whoever has the name; an archive goes to a newcomer of
 * its name.
 *
 * @param holdsMail whether an archive outlives its owner
 */
export function naive(
  before: NaiveState,
  listed: readonly Listed[],
  deleteUsers: boolean,
  holdsMail: (archive: string) => boolean,
): NaiveState & Night {
  let { made } = before;
  const matches = new Map<Listed, NaiveUser>();
  const matched = new Set<NaiveUser>();
  const match = (one: Listed, user: NaiveUser | undefined) => {
    if (user === undefined || matched.has(user) || matches.has(one)) return;
    matches.set(one, user);
    matched.add(user);
  };
  const byDn = new Map(before.users.map((user) => [user.dn, user]));
  const byName = new Map(before.users.map((user) => [user.name, user]));
  for (const one of listed) match(one, byDn.get(one.entry.distinguishedName ?? ''));
  for (const one of listed) match(one, byName.get(one.entry.userName));

  const stay = deleteUsers ? [] : before.users.filter((user) => !matched.has(user));
  const taken = new Set(stay.map(({ name }) => name));
  // Whoever cannot move stays, and so on along a chain.
  for (let size = -1; size < taken.size;) {
    size = taken.size;
    for (const [{ entry }, { name }] of matches) {
      if (entry.userName !== name && taken.has(entry.userName)) taken.add(name);
    }
  }
  const users: NaiveUser[] = [...stay];
  const carried = new Map<string, Listed>();
  for (const one of listed) {
    const user = matches.get(one);
    const isTaken = taken.has(one.entry.userName) && user?.name !== one.entry.userName;
    if (isTaken && user === undefined) continue;
    const name = isTaken && user !== undefined ? user.name : one.entry.userName;
    const id = user?.id ?? String(++made);
    users.push({ id, name, dn: one.entry.distinguishedName ?? null });
    carried.set(id, one);
  }

  const named = new Map(users.map(({ id, name }) => [id, name]));
  const known = new Set(before.users.map(({ id }) => id));
  const newcomers = new Map(users.filter(({ id }) => !known.has(id)).map(({ id, name }) => [name, id]));
  const owned: NaiveArchive[] = [];
  const ownerless: NaiveArchive[] = [];
  for (const archive of before.archives) {
    const name = archive.owner === null ? undefined : named.get(archive.owner);
    if (name !== undefined) owned.push({ ...archive, name });
    else if (holdsMail(archive.id)) ownerless.push({ ...archive, owner: null });
  }
  const names = new Set(owned.map(({ name }) => name));
  for (const archive of ownerless) {
    const owner = newcomers.get(archive.name);
    // One in the way of a renamed user is set aside.
    if (owner === undefined) {
      if (!names.has(archive.name)) owned.push(archive);
      continue;
    }
    newcomers.delete(archive.name);
    owned.push({ ...archive, owner });
  }
  for (const [name, owner] of newcomers) owned.push({ id: String(++made), name, owner });
  const owners = new Map(owned.flatMap(({ id, owner }) => (owner === null ? [] : [[id, owner] as const])));
  return { users, archives: owned, made, carried, owners };
}
