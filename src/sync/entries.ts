import type { Knex } from 'knex';
import type { Census } from '../core/census.ts';
import { isSkipped, readEntry, type Entry, type SkippedEntry } from '../core/entry.ts';
import type { Members, OptionalMember } from '../core/members.ts';
import type { Scope, StoredMembers } from '../core/scope.ts';
import { all } from '../database/query.ts';

/** An entry for the stage. Those out of scope are staged, too, because their DNs matter for matching. */
export type StagedEntry = (Entry & { scope: 'in' | 'out' }) | (SkippedEntry & { scope: 'skipped' });

const everything: StoredMembers = new Set(['fullName', 'distinguishedName', 'emailAddresses']);
const nothing: StoredMembers = new Set();

/**
 * Reads the elements of a listing as entries, counts them, and decides for each whether it is in scope.
 *
 * @param elements raw elements of the array, in batches
 */
export async function* readEntries(
  db: Knex.Transaction,
  elements: AsyncIterable<unknown[]>,
  scope: Scope,
  members: Members,
  census: Census,
): AsyncGenerator<StagedEntry[]> {
  for await (const group of elements) {
    const entries = group.map((element, i) => readEntry(element, census.directory + i + 1, members));
    census.directory += group.length;
    const stored = await storedMembers(db, entries, scope);
    yield entries.map((entry, i): StagedEntry => {
      if (isSkipped(entry)) {
        census.skip(entry.reason);
        return { ...entry, scope: 'skipped' };
      }
      const verdict = scope(entry, stored.get(entry.nameKey) ?? nothing);
      if ('unclear' in verdict) {
        const unclear = skipped(entry, verdict.unclear, members);
        census.skip(unclear.reason);
        return unclear;
      }
      if (verdict.inScope) census.take(group[i], entry);
      else census.outOfScope += 1;
      // In place, because a copy of each entry would cost as much as comparing it.
      return Object.assign(entry, { scope: verdict.inScope ? ('in' as const) : ('out' as const) });
    });
  }
}

/** The members of the stored users whose entries lack what a scope rule needs. Usually, no query is necessary. */
export async function storedMembers(
  db: Knex.Transaction,
  entries: (Entry | SkippedEntry)[],
  scope: Scope,
): Promise<Map<string, StoredMembers>> {
  const unclear = entries.filter(
    (entry): entry is Entry => !isSkipped(entry) && 'unclear' in scope(entry, everything),
  );
  if (unclear.length === 0) return new Map();
  const rows = await all<{ key: string; members: OptionalMember[] }>(
    db,
    `select name_key as key, array_remove(array[
       case when full_name is not null then 'fullName' end,
       case when distinguished_name is not null then 'distinguishedName' end,
       case when address_keys <> '{}' then 'emailAddresses' end], null) as members
     from users where name_key = any (?::text[])`,
    [unclear.map(({ nameKey }) => nameKey)],
  );
  return new Map(rows.map(({ key, members }) => [key, new Set(members)]));
}

/** An entry whose DN a rule could not read may mean any user. */
function skipped(
  entry: Entry,
  member: OptionalMember,
  { names }: Members,
): SkippedEntry & { scope: 'skipped' } {
  const isAnybodys = member === 'distinguishedName' && entry.distinguishedName !== null;
  return { ...entry, scope: 'skipped', reason: { code: 'scopeUnclear', member: names[member] }, isAnybodys };
}
