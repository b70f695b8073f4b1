import { dnKeyOf } from './dn.ts';
import { addressKeysOf, catchAll, keyOf } from './names.ts';

/** A user as the directory lists it: its text as written there, and the keys under which it is compared. */
export interface Entry {
  /** The position in the listing, from 1. */
  number: number;
  userName: string;
  nameKey: string;
  fullName: string | null;
  distinguishedName: string | null;
  dnKey: string | null;
  /** The first one is the primary address. */
  emailAddresses: string[];
  addressKeys: string[];
}

/** An entry that is left out, with what of it could be read: it is somebody's. */
export interface SkippedEntry extends Omit<Entry, 'userName' | 'nameKey'> {
  userName: string | null;
  nameKey: string | null;
  reason: SkipReason;
  /** Its name or its DN is there but cannot be read, so that it may be anybody's. */
  isAnybodys: boolean;
}

/** Why an entry is left out, as a code and what belongs to it. */
export type SkipReason =
  | { code: 'notAnObject'; kind: string }
  | { code: 'missing'; member: string }
  | { code: 'reserved'; member: string; value: string }
  | { code: 'wrongType'; member: string; kind: string; expected: 'string' | 'array' }
  | { code: 'tooLong'; member: string; length: number; most: number }
  | { code: 'tooMany'; member: string; length: number; most: number }
  | { code: 'nul' | 'loneSurrogate' | 'controlCharacter'; member: string }
  /** Entries of one name that differ; `numbers` are the first of them. */
  | { code: 'repeated'; numbers: number[]; more: number }
  /** A rule of the scope asks for a member that is unreadable, or missing though the stored user has it. */
  | { code: 'scopeUnclear'; member: string };

export const isSkipped = (entry: Entry | SkippedEntry): entry is SkippedEntry => 'reason' in entry;

/** What is longer, in UTF-16 units, is a mistake of the directory; a longer key would not fit an index. */
const longest = {
  userName: 256,
  fullName: 1_000,
  distinguishedName: 2_000,
  emailAddress: 320,
  addresses: 1_000,
};

/** What an entry says beside its name; a directory may leave each of them out. */
export const optionalMembers = ['fullName', 'distinguishedName', 'emailAddresses'] as const;
export type OptionalMember = (typeof optionalMembers)[number];

/** All that is read of an entry. */
export const knownMembers: ReadonlySet<string> = new Set(['userName', ...optionalMembers]);

/**
 * Reads one element of a listing.
 *
 * White space around a text is not part of it; a member that is null or empty counts as left out; unknown
 * members are ignored; an address given twice is one.
 *
 * @param element whatever stood in the JSON array
 * @param number its position there, from 1
 */
export function readEntry(element: unknown, number: number): Entry | SkippedEntry {
  const reasons: SkipReason[] = [];
  /** The first thing that is wrong is reported; the rest is read all the same. */
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
  const userName = attempt(() => readText(members, 'userName'), null);
  attempt(() => checkName(userName, reasons.length > 0), undefined);
  const distinguishedName = attempt(() => readText(members, 'distinguishedName'), undefined);
  const entry = {
    number,
    userName,
    nameKey: userName === null ? null : keyOf(userName),
    fullName: attempt(() => readText(members, 'fullName'), null),
    distinguishedName: distinguishedName ?? null,
    dnKey: distinguishedName ? dnKeyOf(distinguishedName) : null,
    ...attempt(() => readAddresses(members), { emailAddresses: [], addressKeys: [] }),
  };
  const [reason] = reasons;
  if (reason === undefined) return entry as Entry;
  const isAnybodys = userName === null || distinguishedName === undefined;
  return { ...entry, reason, isAnybodys };
}

class Unreadable extends Error {
  constructor(readonly reason: SkipReason) {
    super(reason.code);
  }
}

function membersOf(element: unknown): Record<string, unknown> {
  if (typeof element === 'object' && element !== null && !Array.isArray(element)) {
    return element as Record<string, unknown>;
  }
  throw new Unreadable({ code: 'notAnObject', kind: kindOf(element) });
}

function checkName(userName: string | null, isReported: boolean): void {
  if (userName === null && !isReported) throw new Unreadable({ code: 'missing', member: 'userName' });
  if (userName !== null && keyOf(userName) === catchAll) {
    throw new Unreadable({ code: 'reserved', member: 'userName', value: catchAll });
  }
}

/** Only what the object itself has: an entry without a name must not get one from a prototype. */
const own = (members: Record<string, unknown>, name: string) =>
  Object.hasOwn(members, name) ? members[name] : undefined;

function readText(members: Record<string, unknown>, name: 'userName' | 'fullName' | 'distinguishedName') {
  const value = own(members, name);
  if (value === undefined || value === null) return null;
  return checkText(value, name, longest[name]) || null;
}

function readAddresses(members: Record<string, unknown>): Pick<Entry, 'emailAddresses' | 'addressKeys'> {
  const member = 'emailAddresses';
  const value = own(members, member);
  const read: Pick<Entry, 'emailAddresses' | 'addressKeys'> = { emailAddresses: [], addressKeys: [] };
  if (value === undefined || value === null) return read;
  if (!Array.isArray(value)) {
    throw new Unreadable({ code: 'wrongType', member, kind: kindOf(value), expected: 'array' });
  }
  if (value.length > longest.addresses) {
    throw new Unreadable({ code: 'tooMany', member, length: value.length, most: longest.addresses });
  }
  value.forEach((item: unknown, i) => {
    const place = `${member}[${i}]`;
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

/** What Postgres can hold and an index can find: a well-formed text of sensible length. */
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
