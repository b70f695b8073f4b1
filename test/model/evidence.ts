/** Who is who: keys, evidence, the listing as the rules see it, and rules 1 to 3. Told from the contract alone. */
import type { Doubt, Entry, Person, User, World } from './world.ts';

export type Named = Entry & Person;

/** The listing as the rules see it. */
export interface Listing {
  inScope: Named[];
  skipped: Entry[];
  /** Entries "of any kind": in scope, out of scope, skipped. */
  all: Entry[];
  skippedAt: number[];
  listedTwice: Set<string>;
}

/** By the key of the entry's name. */
export interface Answers {
  /** The user with whom the entry is one; null for the ownerless archive. */
  same: Map<string, User | null>;
  new: Set<string>;
}

export interface Match {
  entry: Named;
  user: User;
  identity: 'distinguishedName' | 'name' | 'same';
}

export interface OpenDoubt {
  entry: Named;
  reason: Doubt['reason'];
  users: User[];
}

export type Verdict = 'agrees' | 'differs' | 'silent';

export interface Evidence {
  dn: Verdict;
  fullName: Verdict;
  addresses: Verdict;
}

/** "Names, DNs and addresses are compared by their keys." */
export function keyOf(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** UTF-8 sorts as code points do. */
export function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** DECIDED: an empty DN is none. */
export function dnKey(dn: string | null): string | null {
  if (dn === null || dn.trim() === '') return null;
  const parts = keyOf(dn).split(',');
  return parts.map((part) => part.trim().replace(/\s*=\s*/, '=')).join(',');
}

/** DECIDED: a first part without `=` is its own value. */
export function firstValue(dn: string | null): string | null {
  const first = dnKey(dn)?.split(',')[0];
  return first === undefined ? null : first.slice(first.indexOf('=') + 1);
}

export function sameDn(a: { distinguishedName: string | null }, b: { distinguishedName: string | null }) {
  const key = dnKey(a.distinguishedName);
  return key !== null && key === dnKey(b.distinguishedName);
}

/** The name that both share; null where they differ. */
export function commonName(a: string, b: string): string | null {
  return keyOf(a) === keyOf(b) ? keyOf(a) : null;
}

/** "`UID=john.doe`, `CN=John Doe` only repeat what is known" */
function dnVerdict(a: Person, b: Person): Verdict {
  const [x, y] = [firstValue(a.distinguishedName), firstValue(b.distinguishedName)];
  if (x === null || y === null) return 'silent';
  if (x === keyOf(a.userName) && y === keyOf(b.userName)) return 'silent';
  if (a.fullName !== null && b.fullName !== null && x === keyOf(a.fullName) && y === keyOf(b.fullName)) {
    return 'silent';
  }
  return x === y ? 'agrees' : 'differs';
}

function words(fullName: string | null): string[] {
  return keyOf(fullName ?? '').match(/[\p{L}\p{M}\p{Nd}]+/gu) ?? [];
}

function fullNameVerdict(a: Person, b: Person, common: string | null): Verdict {
  const [x, y] = [words(a.fullName), words(b.fullName)];
  if (x.length === 0 || y.length === 0) return 'silent';
  if (x.every((word) => y.includes(word)) || y.every((word) => x.includes(word))) return 'agrees';
  for (const word of x) {
    // DECIDED: "two letters or more" counts letters, so that a shared number or initial shows nothing.
    const letters = word.match(/\p{L}/gu) ?? [];
    const partOfName = common !== null && common.includes(word);
    if (y.includes(word) && letters.length >= 2 && !partOfName) return 'agrees';
  }
  return 'differs';
}

/** DECIDED: what has no `@` is all local part. */
function localPart(text: string): string {
  return text.includes('@') ? text.slice(0, text.lastIndexOf('@')) : text;
}

function addressVerdict(a: Person, b: Person, common: string | null, listedTwice: Set<string>): Verdict {
  const [x, y] = [a.emailAddresses.map(keyOf), b.emailAddresses.map(keyOf)];
  if (x.length === 0 || y.length === 0) return 'silent';
  const isName = (address: string) => common !== null && localPart(address) === localPart(common);
  const shared = x.filter((address) => y.includes(address));
  if (shared.some((address) => !isName(address) && !listedTwice.has(address))) return 'agrees';
  // "They differ when they share none": one that is shared but does not count shows nothing.
  if (shared.length > 0 || [...x, ...y].every(isName)) return 'silent';
  return 'differs';
}

/** `listedTwice`: the keys of the addresses that two entries of the listing have. */
export function compare(a: Person, b: Person, common: string | null, listedTwice: Set<string>): Evidence {
  return {
    dn: dnVerdict(a, b),
    fullName: fullNameVerdict(a, b, common),
    addresses: addressVerdict(a, b, common, listedTwice),
  };
}

export function agrees(evidence: Evidence): boolean {
  return Object.values(evidence).includes('agrees');
}

/** "one of them differs and none agrees, or DN and full name both differ" */
export function contradicts(evidence: Evidence): boolean {
  if (evidence.dn === 'differs' && evidence.fullName === 'differs') return true;
  return Object.values(evidence).includes('differs') && !agrees(evidence);
}

/** Rule 1: when a pair with one whole DN is in doubt. */
export function doubtfulByDn({ fullName, addresses }: Evidence, gone: boolean): boolean {
  if (fullName === 'differs' && addresses === 'differs') return true;
  if (!gone) return false;
  const oneDiffers = (one: Verdict, other: Verdict) => one === 'differs' && other !== 'agrees';
  return oneDiffers(fullName, addresses) || oneDiffers(addresses, fullName);
}

export const nameKey = (of: { userName: string }) => keyOf(of.userName);
export const addressKeys = (of: Entry | User) => of.emailAddresses.map(keyOf).join('\n');

export function readListing(world: World): Listing {
  const outOfScope = world.outOfScope.map(keyOf);
  const listing: Listing = { inScope: [], skipped: [], all: [], skippedAt: [], listedTwice: new Set() };
  const byName = new Map<string, { entry: Named; position: number }[]>();
  const skip = (entry: Entry, position: number) => {
    listing.skipped.push(entry);
    listing.skippedAt.push(position);
  };
  for (const [index, entry] of world.listing.entries()) {
    const { userName } = entry;
    if (userName === null) skip(entry, index + 1);
    else if (entry.unreadable === null && outOfScope.includes(keyOf(userName))) listing.all.push(entry);
    else {
      const group = byName.get(keyOf(userName)) ?? [];
      byName.set(keyOf(userName), [...group, { entry: { ...entry, userName }, position: index + 1 }]);
    }
  }
  // Of one name: what agrees in everything is one entry, what does not is ambiguous ("Bad entries are isolated").
  for (const group of byName.values()) {
    const contents = ({ entry }: { entry: Named }) =>
      JSON.stringify([entry.fullName, dnKey(entry.distinguishedName), addressKeys(entry)]);
    const readable = group.every(({ entry }) => entry.unreadable === null);
    const entries = group.map(({ entry }) => entry);
    const first = entries.sort(byMembers)[0];
    if (first !== undefined && readable && new Set(group.map(contents)).size === 1)
      listing.inScope.push(first);
    else for (const { entry, position } of group) skip(entry, position);
  }
  listing.all.push(...listing.inScope, ...listing.skipped);
  const seen = new Set<string>();
  for (const entry of listing.all) {
    const addresses = new Set(entry.emailAddresses.map(keyOf));
    for (const address of addresses) if (seen.has(address)) listing.listedTwice.add(address);
    for (const address of addresses) seen.add(address);
  }
  return listing;
}

function byMembers(a: Named, b: Named): number {
  const members = (of: Named) => [of.userName, of.fullName ?? '', of.distinguishedName ?? ''];
  const [x, y] = [
    [...members(a), ...a.emailAddresses],
    [...members(b), ...b.emailAddresses],
  ];
  for (const [index, text] of x.entries()) {
    const order = byCodePoint(text, y[index] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

/** Whether every member of the entry is that of the user. */
export const isSame = (entry: Named, user: User) =>
  entry.fullName === user.fullName &&
  dnKey(entry.distinguishedName) === dnKey(user.distinguishedName) &&
  addressKeys(entry) === addressKeys(user);

/** Rules 1 to 3: the matches, and the doubts that are left. */
export function findMatches(world: World, listing: Listing, answers: Answers) {
  const directoryUsers = world.users.filter((user) => user.authentication === 'directoryServices');
  const skippedNames = listing.skipped.flatMap((entry) =>
    entry.userName === null ? [] : [keyOf(entry.userName)],
  );
  // "a stored user whose entry is bad or ambiguous is left as it is"
  const leftByName = (user: User) => skippedNames.includes(nameKey(user));
  // DECIDED: an entry answered `--new` still counts among those that have an address; only its DN does not count.
  const dnHolders = listing.all.filter(
    (entry) => entry.userName === null || !answers.new.has(keyOf(entry.userName)),
  );
  const matches: Match[] = [];
  const isFree = (user: User) => !matches.some((match) => match.user === user);
  const isOpen = (entry: Named) =>
    !answers.new.has(nameKey(entry)) &&
    !answers.same.has(nameKey(entry)) &&
    !matches.some((match) => match.entry === entry);
  const evidence = (entry: Named, user: User) =>
    compare(entry, user, commonName(entry.userName, user.userName), listing.listedTwice);

  // "The candidates are those who are not the same on both sides": who is, is nobody else.
  for (const entry of listing.inScope) {
    const user = directoryUsers.find((other) => nameKey(other) === nameKey(entry) && isSame(entry, other));
    if (user) matches.push({ entry, user, identity: 'name' });
  }

  for (const entry of listing.inScope) {
    const user = answers.same.get(nameKey(entry));
    if (user) matches.push({ entry, user, identity: 'same' });
  }

  const doubtedByDn: { entry: Named; user: User }[] = [];
  /** Rules 1 and 3; `candidates`: the users among whom the DN must be one user's only. */
  const matchByDn = (candidates: User[]) => {
    const found: Match[] = [];
    for (const entry of listing.inScope.filter(isOpen)) {
      const users = candidates.filter((other) => sameDn(other, entry));
      const user = users[0];
      if (user === undefined || users.length > 1 || !isFree(user) || leftByName(user)) continue;
      if (dnHolders.filter((other) => sameDn(other, entry)).length > 1) continue;
      const common = commonName(entry.userName, user.userName);
      if (common !== null && firstValue(entry.distinguishedName) === common) continue; // it only repeats the name
      if (doubtfulByDn(evidence(entry, user), user.gone)) doubtedByDn.push({ entry, user });
      else found.push({ entry, user, identity: 'distinguishedName' });
    }
    matches.push(...found);
  };

  matchByDn(directoryUsers); // rule 1
  for (const entry of listing.inScope.filter(isOpen)) {
    // rule 2
    const user = directoryUsers.find((other) => isFree(other) && nameKey(other) === nameKey(entry));
    if (user === undefined || leftByName(user) || contradicts(evidence(entry, user))) continue;
    const othersHaveDn = dnHolders.some((other) => other !== entry && sameDn(other, user));
    if (othersHaveDn && firstValue(user.distinguishedName) !== nameKey(user)) continue;
    // DECIDED: the very pair that rule 1 has found in doubt is not matched by its name after all.
    if (doubtedByDn.some((pair) => pair.entry === entry && pair.user === user)) continue;
    matches.push({ entry, user, identity: 'name' });
  }
  // DECIDED: a user with the name of a skipped entry counts as one who is left, though they cannot be matched.
  matchByDn(directoryUsers.filter(isFree)); // rule 3

  const free = directoryUsers.filter(isFree);
  const doubts: OpenDoubt[] = [];
  for (const entry of listing.inScope.filter(isOpen)) {
    const users = free.filter((user) => nameKey(user) === nameKey(entry) || sameDn(user, entry));
    const byName = users.some((user) => nameKey(user) === nameKey(entry));
    if (users.length > 0) doubts.push({ entry, reason: byName ? 'contradictsName' : 'contradictsDn', users });
  }
  const settled = (entry: Named) =>
    matches.some((match) => match.entry === entry) || doubts.some((doubt) => doubt.entry === entry);
  const unmatched = listing.inScope.filter((entry) => !settled(entry));
  return { matches, free, doubts, unmatched, leftByName };
}
