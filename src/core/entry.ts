import { dnKeyOf } from './dn.ts';
import { protocolMembers, type Members } from './members.ts';
import { addressKeysOf, catchAll, keyOf } from './names.ts';
import type { SkipReason } from './skip-reason.ts';

/** A user as the directory lists them: values as written there, and the keys that they are compared by. */
export interface Entry {
  /** The position in the listing, from 1. */
  number: number;
  userName: string;
  nameKey: string;
  fullName: string | null;
  distinguishedName: string | null;
  dnKey: string | null;
  /** The first is the primary address. */
  emailAddresses: string[];
  addressKeys: string[];
}

/** An entry that is skipped, with the members that could be read: it still means some user. */
export interface SkippedEntry extends Omit<Entry, 'userName' | 'nameKey'> {
  userName: string | null;
  nameKey: string | null;
  reason: SkipReason;
  /** True when its name or DN cannot be read, so that it may mean any user. */
  isAnybodys: boolean;
}

export const isSkipped = (entry: Entry | SkippedEntry): entry is SkippedEntry => 'reason' in entry;

/** In UTF-16 units. Anything longer is a mistake in the directory, and its key would not fit an index. */
const longest = {
  userName: 256,
  fullName: 1_000,
  distinguishedName: 2_000,
  emailAddress: 320,
  addresses: 1_000,
};

/**
 * Reads one element of a listing.
 *
 * White space around a string is removed. A member that is null or empty counts as missing. Unknown members are
 * ignored, and duplicate addresses are dropped.
 *
 * @param element an element of the JSON array, of any type
 * @param number its position in the array, from 1
 * @param names what the directory calls the members; a problem with one is told by that name
 */
export function readEntry(
  element: unknown,
  number: number,
  { names, isOneAddressString }: Members = protocolMembers,
): Entry | SkippedEntry {
  const reasons: SkipReason[] = [];
  /** Only the first problem is reported, but the other members are still read. */
  const attempt = <T>(read: () => T, otherwise: T): T => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      reasons.push(error.reason);
      return otherwise;
    }
  };
  const members = attempt(() => membersOf(element), {});
  const userName = attempt(() => readText(members, names.userName, longest.userName), null);
  attempt(() => checkName(userName, names.userName, reasons.length > 0), undefined);
  const distinguishedName = attempt(
    () => readText(members, names.distinguishedName, longest.distinguishedName),
    undefined,
  );
  const fullName = attempt(() => readText(members, names.fullName, longest.fullName), null);
  const { emailAddresses, addressKeys } = attempt(
    () => readAddresses(members, names.emailAddresses, isOneAddressString),
    noAddresses(),
  );
  const entry = {
    number,
    userName,
    nameKey: userName === null ? null : keyOf(userName),
    fullName,
    distinguishedName: distinguishedName ?? null,
    dnKey: distinguishedName ? dnKeyOf(distinguishedName) : null,
    emailAddresses,
    addressKeys,
  };
  const [reason] = reasons;
  if (reason === undefined) return entry as Entry;
  const isAnybodys = userName === null || distinguishedName === undefined;
  return { ...entry, reason, isAnybodys };
}

class Unreadable extends Error {
  readonly reason: SkipReason;

  constructor(reason: SkipReason) {
    super(reason.code);
    this.reason = reason;
  }
}

function membersOf(element: unknown): Record<string, unknown> {
  if (typeof element === 'object' && element !== null && !Array.isArray(element)) {
    return element as Record<string, unknown>;
  }
  throw new Unreadable({ code: 'notAnObject', kind: kindOf(element) });
}

function checkName(userName: string | null, member: string, isReported: boolean): void {
  if (userName === null && !isReported) throw new Unreadable({ code: 'missing', member });
  if (userName !== null && keyOf(userName) === catchAll) {
    throw new Unreadable({ code: 'reserved', member, value: catchAll });
  }
}

/** Own properties only: an entry without a name must not get one from a prototype. */
const own = (members: Record<string, unknown>, name: string) =>
  Object.hasOwn(members, name) ? members[name] : undefined;

function readText(members: Record<string, unknown>, name: string, most: number) {
  const value = own(members, name);
  if (value === undefined || value === null) return null;
  return checkText(value, name, most) || null;
}

type Addresses = Pick<Entry, 'emailAddresses' | 'addressKeys'>;

const noAddresses = (): Addresses => ({ emailAddresses: [], addressKeys: [] });

function readAddresses(members: Record<string, unknown>, member: string, isOneString: boolean): Addresses {
  const listed = own(members, member);
  const read = noAddresses();
  if (listed === undefined || listed === null) return read;
  const isOne = isOneString && typeof listed === 'string';
  const value = isOne ? [listed] : listed;
  if (!Array.isArray(value)) {
    throw new Unreadable({ code: 'wrongType', member, kind: kindOf(value), expected: 'array' });
  }
  if (value.length > longest.addresses) {
    throw new Unreadable({ code: 'tooMany', member, length: value.length, most: longest.addresses });
  }
  value.forEach((item: unknown, i) => {
    const place = isOne ? member : `${member}[${i}]`;
    const address = checkText(item, place, longest.emailAddress);
    if (control.test(address)) throw new Unreadable({ code: 'controlCharacter', member: place });
    const keys = addressKeysOf(address);
    if (address === '' || read.addressKeys.includes(keys[0] ?? '')) return;
    read.emailAddresses.push(address);
    read.addressKeys.push(...keys);
  });
  return read;
}

const control = /[\u0000-\u001f\u007f-\u009f]/;

/** Accepts what Postgres can store and index: a well-formed string of limited length. */
function checkText(value: unknown, member: string, most: number): string {
  if (typeof value !== 'string') {
    throw new Unreadable({ code: 'wrongType', member, kind: kindOf(value), expected: 'string' });
  }
  const text = value.trim();
  if (text.length > most) throw new Unreadable({ code: 'tooLong', member, length: text.length, most });
  if (text.includes('\0')) throw new Unreadable({ code: 'nul', member });
  if (!text.isWellFormed()) throw new Unreadable({ code: 'loneSurrogate', member });
  return text;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
