import { isSkipped, type Entry, type SkippedEntry } from '../core/entry.ts';
import type { ExplainedEntry, ExplainedUser, Explanation, QueryKind } from '../core/explained.ts';
import { loginBar } from '../core/login-bar.ts';
import { keyOf } from '../core/names.ts';
import type { PlanItem } from '../core/plan.ts';
import type { RulePlace, Scope, StoredMembers } from '../core/scope.ts';
import type { Listed } from './explain-listed.ts';
import type { Standing } from './explain-standing.ts';
import type { StoredArchive, StoredUser } from './explain-stored.ts';
import type { ItemOf } from './read-plan.ts';

/** An entry, a stored user, or both; or what is left of somebody. */
export interface Person {
  listed: Listed | null;
  standing: Standing | null;
  user: StoredUser | null;
  /** An archive without an owner that alone the query means. */
  archiveId: string | null;
  by: QueryKind[];
}

export function entryOf({ entry, raw }: Listed, { effective, skipped }: Standing): ExplainedEntry {
  const { number, userName, fullName, distinguishedName, emailAddresses } = entry;
  return {
    number,
    raw,
    read: { userName, fullName, distinguishedName, emailAddresses },
    skipped,
    sameAs: effective === number ? null : effective,
  };
}

/** Judges again, because the run keeps only the result. */
export function scopeOf(
  entry: Entry | SkippedEntry,
  scope: Scope,
  stored: ReadonlyMap<string, StoredMembers>,
  lines: Record<RulePlace['list'], number[]>,
): Explanation['scope'] {
  if (isSkipped(entry)) return null;
  const verdict = scope(entry, stored.get(entry.nameKey) ?? new Set());
  const { rule } = verdict;
  return {
    inScope: 'unclear' in verdict ? null : verdict.inScope,
    rule: rule && `scope.${rule.list}[${rule.index}]`,
    line: rule && (lines[rule.list][rule.index] ?? null),
  };
}

export function userOf(user: StoredUser): ExplainedUser {
  const { userName, authentication, fullName, distinguishedName, emailAddresses, ...more } = user;
  const { privileges, goneSince, createdAt } = more;
  return {
    ...{ userName, authentication, fullName, distinguishedName, emailAddresses },
    ...{ privileges, goneSince, createdAt },
  };
}

/** Archives that they own, get or may mean; and those of nobody that have their name, or are of an owner of that name. */
export function archivesOf({ user, listed, standing, archiveId }: Person, archives: StoredArchive[]) {
  const keys = [user?.nameKey, listed?.entry.nameKey];
  const isInTheWay = standing?.identity.rule === 'nameTaken';
  return archives.filter(
    ({ id, ownerId, nameKey, lastOwner }) =>
      [archiveId, standing?.archiveId].includes(id) ||
      (user !== null && ownerId === user.id) ||
      (keys.includes(nameKey) && (ownerId === null || isInTheWay)) ||
      (lastOwner !== null && keys.includes(keyOf(lastOwner.userName))),
  );
}

export function loginOf(
  user: StoredUser | null,
  { checksPasswords, loginWhileGone }: { checksPasswords: boolean; loginWhileGone: boolean },
): Explanation['login'] {
  const bar = loginBar(user && { ...user, isGone: user.goneSince !== null }, loginWhileGone);
  if (bar !== null) return { accepted: false, reason: bar };
  if (user?.authentication === 'integrated') return { accepted: true, reason: 'storedPassword' };
  return checksPasswords
    ? { accepted: true, reason: 'directory' }
    : { accepted: false, reason: 'fileDirectory' };
}

export function nextOf({ listed, standing, user }: Person, items: ItemOf[]): PlanItem[] {
  const theirs = items
    .filter(
      ({ entry, userId }) =>
        (entry !== null && entry === standing?.effective) || (userId !== null && userId === user?.id),
    )
    .map(({ item }) => item);
  if (listed === null || !standing?.skipped) return theirs;
  const { number, userName } = listed.entry;
  return [...theirs, { type: 'skipped', number, userName, reason: standing.skipped }];
}
