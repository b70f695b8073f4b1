import { parseDn } from './dn.ts';
import type { Entry } from './entry.ts';
import { RollcallError } from './errors.ts';
import type { MissingMember } from './limits.ts';
import {
  memberCalled,
  optionalMembers,
  protocolMembers,
  type Members,
  type OptionalMember,
} from './members.ts';
import { isPlainAddress, keyOf } from './names.ts';
import { count, visible } from './printable.ts';
import { isSameMistake, skipText, type SkipReason } from './skip-reason.ts';

/** A value that is not a plain address; it is stored as listed. */
export interface OddAddress {
  userName: string;
  address: string;
}

const mostExamples = 3;
const mostNames = 8;

/** Fewer entries that cannot be read may each be a mistake of its own. */
const fewest = 20;

/** Collects statistics about a listing as its entries are read. */
export class Census {
  /** The number of elements in the array. */
  directory = 0;
  outOfScope = 0;
  odd: { count: number; examples: OddAddress[] } = { count: 0, examples: [] };
  /** Members that no entry has had so far, with the unknown members that may replace them. */
  readonly #missing = new Map<OptionalMember, Set<string>>(
    optionalMembers.map((member) => [member, new Set<string>()]),
  );

  /** The mistake of the first entry that has one, and how many entries have the same. */
  #mistake: { reason: SkipReason; entries: number } | null = null;
  readonly #members: Members;
  #taken = false;

  constructor(members: Members = protocolMembers) {
    this.#members = members;
  }

  /** Notes an entry that cannot be read. */
  skip(reason: SkipReason): void {
    this.#mistake ??= { reason, entries: 0 };
    if (isSameMistake(this.#mistake.reason, reason)) this.#mistake.entries += 1;
  }

  /**
   * To be called at the end of a listing.
   *
   * @param directory its name
   * @throws RollcallError when all of its entries have the same mistake: that is one report, not a million
   */
  expectReadable(directory: string): void {
    if (this.#mistake === null || this.#mistake.entries < Math.max(fewest, this.directory)) return;
    throw new RollcallError(
      'failed',
      `${directory}: none of its ${count(this.directory, 'entry', 'entries')} can be read: ${visible(skipText(this.#mistake.reason))}`,
    );
  }

  /** Counts an entry that is in scope. `element` is the entry as the directory sent it. */
  take(element: unknown, entry: Entry): void {
    this.#taken = true;
    for (const address of entry.emailAddresses) {
      if (!isPlainAddress(address)) this.#takeOdd({ userName: entry.userName, address });
    }
    for (const [member, seen] of this.#missing) {
      const value = entry[member];
      if (value !== null && value.length > 0) this.#missing.delete(member);
      else if (seen.size < mostNames) {
        standInsFor(member, element as object, this.#members)
          .slice(0, mostNames - seen.size)
          .forEach((name) => seen.add(name));
      }
    }
  }

  /**
   * The members that no entry has, although entries have an unknown member that looks like one of them, or the
   * configuration says what they are called here.
   */
  get missing(): MissingMember[] {
    return [...this.#missing]
      .map(([member, seen]) => ({ member, called: this.#members.names[member], seen: [...seen].sort() }))
      .filter(({ member, called, seen }) => seen.length > 0 || (this.#taken && called !== member));
  }

  /** Keeps the first examples by name, so that the order of the listing does not matter. */
  #takeOdd(odd: OddAddress): void {
    const { examples } = this.odd;
    this.odd.count += 1;
    examples.push(odd);
    examples.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
    if (examples.length > mostExamples) examples.pop();
  }
}

const orderOf = ({ userName, address }: OddAddress) => `${keyOf(userName)}\n${address}`;

function standInsFor(member: OptionalMember, element: object, members: Members): string[] {
  return Object.entries(element)
    .filter(([name, value]) => memberCalled(members, name) === null && looksLike[member](plain(name), value))
    .map(([name]) => name.slice(0, 40));
}

const plain = (name: string) => name.toLowerCase().replace(/[^a-z]/g, '');
const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

const looksLike: Record<OptionalMember, (name: string, value: unknown) => boolean> = {
  fullName: (name, value) => isText(value) && fullNames.has(name),
  distinguishedName: (name, value) =>
    isText(value) && (['distinguishedname', 'dn', 'entrydn'].includes(name) || parseDn(value) !== null),
  emailAddresses: (name, value) =>
    (Array.isArray(value) ? value : [value]).some(
      (text) => isText(text) && (/mail|smtp/.test(name) || /\S@\S/.test(text)),
    ),
};

const fullNames = new Set([
  ...['fullname', 'displayname', 'name', 'cn', 'commonname', 'realname', 'gecos'],
  ...['givenname', 'firstname', 'surname', 'sn', 'lastname'],
]);
