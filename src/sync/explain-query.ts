import { dnKeyOf } from '../core/dn.ts';
import type { Entry, SkippedEntry } from '../core/entry.ts';
import { queryKinds, type Query, type QueryKind } from '../core/explained.ts';
import type { Members } from '../core/members.ts';
import { addressKeysOf, keyOf } from '../core/names.ts';

/** The keys that a query is looked up by; null or empty where it must not be that kind. */
export interface QueryKeys {
  name: string | null;
  addresses: string[];
  dn: string | null;
}

export function keysOfQuery({ text, by }: Query): QueryKeys {
  const plain = text.trim();
  const may = (kind: QueryKind) => by === null || by === kind;
  return {
    name: may('name') ? keyOf(plain) : null,
    addresses: may('address') ? addressKeysOf(plain) : [],
    dn: may('dn') ? dnKeyOf(plain) : null,
  };
}

/** Anybody by their keys. */
export interface Keyed {
  nameKey: string | null;
  addressKeys: readonly string[];
  dnKey: string | null;
}

/** What the query is of somebody. */
export const kindsOf = (query: QueryKeys, one: Keyed): QueryKind[] =>
  queryKinds.filter((kind) => {
    switch (kind) {
      case 'name':
        return query.name !== null && one.nameKey === query.name;
      case 'address':
        return query.addresses.some((key) => one.addressKeys.includes(key));
      case 'dn':
        return query.dn !== null && one.dnKey === query.dn;
    }
  });

/** What the query is of an entry. Of one that is skipped, members that could not be read count, too. */
export function kindsOfEntry(
  query: QueryKeys,
  entry: Entry | SkippedEntry,
  raw: unknown,
  { names }: Members,
): QueryKind[] {
  const found = kindsOf(query, entry);
  if (!('reason' in entry) || typeof raw !== 'object' || raw === null) return found;
  const members = raw as Record<string, unknown>;
  const written = kindsOf(query, {
    nameKey: textsOf(members[names.userName]).map(keyOf)[0] ?? null,
    addressKeys: textsOf(members[names.emailAddresses]).flatMap(addressKeysOf),
    dnKey: textsOf(members[names.distinguishedName]).map(dnKeyOf)[0] ?? null,
  });
  return queryKinds.filter((kind) => found.includes(kind) || written.includes(kind));
}

function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => (Array.isArray(item) ? [] : textsOf(item)));
  return typeof value === 'string' || typeof value === 'number' ? [String(value).trim()] : [];
}
