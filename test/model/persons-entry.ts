/** What the DN of an organization says; the last lists user names and nothing else. */
export const dnKinds = ['userName', 'fullName', 'number', 'none', 'namesAlone'] as const;
export type DnKind = (typeof dnKinds)[number];

export interface Entry {
  userName: string;
  fullName?: string;
  distinguishedName?: string;
  emailAddresses?: string[];
}

/** An entry and the truth about it. */
export interface Listed {
  person: string;
  kind: DnKind;
  entry: Entry;
  /** Somebody writes to this person before the next night. */
  mail: boolean;
}

export interface Person {
  id: string;
  first: string;
  last: string;
  title: string;
  userName: string;
  /** What the DN says where it is a number. */
  serial: number;
  branch: string;
  /** The primary address first. */
  addresses: string[];
  /** As it was given, and for what; another one only comes with another value or branch. */
  dn: { wanted: string; given: string } | null;
}

/** How an organization fills in its directory. */
export interface Form {
  kind: DnKind;
  fullNames: 'John Doe' | 'Doe, John' | null;
  root: string;
}

/** @param dns those that others have */
export function entryOf(
  person: Person,
  { kind, fullNames, root }: Form,
  dns: ReadonlySet<string | undefined>,
): Entry {
  const { first, last, title, userName, serial, branch, addresses } = person;
  if (kind === 'namesAlone') return { userName };
  const fullName = fullNames === 'Doe, John' ? `${last}, ${title}${first}` : `${title}${first} ${last}`;
  const entry: Entry = { userName };
  if (fullNames !== null) entry.fullName = fullName;
  if (addresses.length > 0) entry.emailAddresses = [...addresses];
  if (kind === 'none') return entry;
  const values = {
    userName: `UID=${userName}`,
    fullName: `CN=${fullName.replace(',', '\\,')}`,
    number: `UID=${serial}`,
  };
  const dnOf = (n: string) => `${values[kind]}${n && ` ${n}`},OU=${branch},${root}`;
  const wanted = dnOf('');
  if (person.dn?.wanted !== wanted) {
    person.dn = { wanted, given: firstFree(dnOf, (dn) => !dns.has(dn)) };
  }
  entry.distinguishedName = person.dn.given;
  return entry;
}

/** @param of is given '', '2', '3' and so on */
export function firstFree(of: (n: string) => string, isFree: (name: string) => boolean): string {
  for (let n = 1; ; n++) {
    const name = of(n === 1 ? '' : String(n));
    if (isFree(name)) return name;
  }
}
