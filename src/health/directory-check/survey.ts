import { createHash } from 'node:crypto';
import { Census } from '../../core/census.ts';
import { parseDn } from '../../core/dn.ts';
import { isSkipped, readEntry, type Entry, type SkippedEntry } from '../../core/entry.ts';
import { repeatsUserName } from '../../core/identity.ts';
import type { Members, OptionalMember } from '../../core/members.ts';
import { cut, visible } from '../../core/printable.ts';
import { skipText } from '../../core/skip-reason.ts';

const mostExamples = 3;

/** How many entries have something, with the first of them as examples. */
export class Tally {
  count = 0;
  readonly examples: string[] = [];

  add(example: () => string): void {
    this.count += 1;
    if (this.examples.length < mostExamples) this.examples.push(example());
  }

  /** `entry 2 (john.doe), entry 7 and 3 more` */
  get text(): string {
    const more = this.count - this.examples.length;
    return this.examples.join(', ') + (more > 0 ? ` and ${more} more` : '');
  }
}

/** What is noticed about the entries of a listing, in one pass. */
export class Survey {
  /** All of them. */
  entries = 0;
  readonly census: Census;
  readonly members: Members;
  readonly unreadable = new Tally();
  readonly repeated = new Tally();
  readonly ambiguous = new Tally();
  readonly sharedDns = new Tally();
  readonly unparsableDns = new Tally();
  readonly repeatingDns = new Tally();
  readonly sharedAddresses = new Tally();
  readonly without: Record<OptionalMember, Tally> = {
    fullName: new Tally(),
    distinguishedName: new Tally(),
    emailAddresses: new Tally(),
  };
  /** Where each entry is listed first, by its digest; a list may have a million. */
  readonly digests = new Map<string, number>();
  /** How often it is listed besides, if it is. */
  readonly again = new Map<string, number>();
  readonly #names = new Map<string, number>();
  readonly #dns = new Map<string, number>();
  readonly #addresses = new Map<string, number>();

  constructor(members: Members) {
    this.members = members;
    this.census = new Census(members);
  }

  /** How many could be read, and are not repeated. */
  get read(): number {
    return this.#names.size;
  }

  take(elements: unknown[]): void {
    for (const element of elements) {
      this.entries += 1;
      const entry = readEntry(element, this.entries, this.members);
      const digest = digestOf(entry);
      const known = this.digests.get(digest);
      if (known === undefined) this.digests.set(digest, this.entries);
      else this.again.set(digest, (this.again.get(digest) ?? 0) + 1);
      if (isSkipped(entry)) {
        this.unreadable.add(() => `${placeOf(entry)}: ${visible(skipText(entry.reason))}`);
        continue;
      }
      const namesake = this.#names.get(entry.nameKey);
      if (known !== undefined) this.repeated.add(() => `${placeOf(entry)} is entry ${known}`);
      else if (namesake !== undefined)
        this.ambiguous.add(() => `${placeOf(entry)} and ${this.place(namesake)}`);
      else this.#look(element, entry);
    }
  }

  /** Where an entry is, with its name if it has one. */
  place(number: number): string {
    for (const [name, other] of this.#names) if (other === number) return placeOf({ number, userName: name });
    return placeOf({ number, userName: null });
  }

  #look(element: unknown, entry: Entry): void {
    const place = () => placeOf(entry);
    this.#names.set(entry.nameKey, entry.number);
    this.census.take(element, entry);
    if (entry.fullName === null) this.without.fullName.add(place);
    if (entry.emailAddresses.length === 0) this.without.emailAddresses.add(place);
    const { distinguishedName, dnKey } = entry;
    if (distinguishedName === null || dnKey === null) this.without.distinguishedName.add(place);
    else {
      if (parseDn(distinguishedName) === null) this.unparsableDns.add(place);
      if (repeatsUserName(entry)) this.repeatingDns.add(place);
      const other = this.#dns.get(dnKey);
      if (other === undefined) this.#dns.set(dnKey, entry.number);
      else this.sharedDns.add(() => `${place()} and ${this.place(other)}`);
    }
    const others = new Set(entry.addressKeys.flatMap((key) => this.#addresses.get(key) ?? []));
    if (others.size > 0) {
      const sharers = () => [...others].slice(0, mostExamples).map((other) => this.place(other));
      this.sharedAddresses.add(() => `${place()} and ${sharers().join(', ')}`);
    }
    for (const key of entry.addressKeys)
      if (!this.#addresses.has(key)) this.#addresses.set(key, entry.number);
  }
}

export const placeOf = ({ number, userName }: Pick<SkippedEntry, 'number' | 'userName'>) =>
  `entry ${number}${userName === null ? '' : ` (${visible(cut(userName, 40))})`}`;

/** The same for two entries that are equal in all that is read, wherever they stand. */
export function digestOf(entry: Entry | SkippedEntry): string {
  return createHash('sha1')
    .update(JSON.stringify({ ...entry, number: 0 }))
    .digest()
    .toString('latin1');
}
