import { catchAll, keyOf } from './names.ts';

/** A user as the directory lists it: its text as written there, and the keys under which it is compared. */
export interface Entry {
  /** The position in the listing, from 1. */
  number: number;
  userName: string;
  nameKey: string;
  fullName: string | null;
  distinguishedName: string | null;
  /** The first one is the primary address. */
  emailAddresses: string[];
  addressKeys: string[];
}

/** An entry that could not be read. Without a `nameKey` nobody can tell whose it is. */
export interface SkippedEntry {
  number: number;
  userName: string | null;
  nameKey: string | null;
  /** When it could be read. */
  distinguishedName: string | null;
  reason: string;
}

export const isSkipped = (entry: Entry | SkippedEntry): entry is SkippedEntry => 'reason' in entry;

/** What is longer, in UTF-16 units, is a mistake of the directory; a longer key would not fit an index. */
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
 * White space around a text is not part of it; a member that is null or empty counts as left out; unknown
 * members are ignored; an address given twice is one.
 *
 * @param element whatever stood in the JSON array
 * @param number its position there, from 1
 */
export function readEntry(element: unknown, number: number): Entry | SkippedEntry {
  let userName: string | null = null;
  let distinguishedName: string | null = null;
  try {
    if (typeof element !== 'object' || element === null || Array.isArray(element)) {
      throw new Unreadable(`is ${kindOf(element)}, not an object`);
    }
    const members = element as Record<string, unknown>;
    userName = readText(members, 'userName');
    // Read before anything else can fail: it tells whose a bad entry is after a rename.
    distinguishedName = readText(members, 'distinguishedName');
    if (userName === null) throw new Unreadable('userName is missing or empty');
    const nameKey = keyOf(userName);
    if (nameKey === catchAll) throw new Unreadable(`the name ${catchAll} is reserved`);
    const fullName = readText(members, 'fullName');
    const addresses = readAddresses(members['emailAddresses']);
    return {
      number,
      userName,
      nameKey,
      fullName,
      distinguishedName,
      ...addresses,
    };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return {
      number,
      userName,
      nameKey: userName && keyOf(userName),
      distinguishedName,
      reason: error.message,
    };
  }
}

class Unreadable extends Error {}

function readText(members: Record<string, unknown>, name: 'userName' | 'fullName' | 'distinguishedName') {
  // Only what the object itself has: an entry without a name must not get one from a prototype.
  const value = Object.hasOwn(members, name) ? members[name] : undefined;
  if (value === undefined || value === null) return null;
  return checkText(value, name, longest[name]) || null;
}

function readAddresses(value: unknown): Pick<Entry, 'emailAddresses' | 'addressKeys'> {
  const read: Pick<Entry, 'emailAddresses' | 'addressKeys'> = { emailAddresses: [], addressKeys: [] };
  if (value === undefined || value === null) return read;
  if (!Array.isArray(value)) throw new Unreadable(`emailAddresses is ${kindOf(value)}, not an array`);
  if (value.length > longest.addresses) {
    throw new Unreadable(`has ${value.length} addresses; at most ${longest.addresses} are taken`);
  }
  value.forEach((item: unknown, i) => {
    const address = checkText(item, `emailAddresses[${i}]`, longest.emailAddress);
    if (control.test(address)) throw new Unreadable(`emailAddresses[${i}] holds a control character`);
    const key = keyOf(address);
    if (address === '' || read.addressKeys.includes(key)) return;
    read.emailAddresses.push(address);
    read.addressKeys.push(key);
  });
  return read;
}

const control = /[\u0000-\u001f\u007f-\u009f]/;

/** What Postgres can hold and an index can find: a well-formed text of sensible length. */
function checkText(value: unknown, name: string, max: number): string {
  if (typeof value !== 'string') throw new Unreadable(`${name} is ${kindOf(value)}, not a text`);
  const text = value.trim();
  if (text.length > max)
    throw new Unreadable(`${name} has ${text.length} characters; at most ${max} are taken`);
  if (text.includes('\0')) throw new Unreadable(`${name} holds a NUL character`);
  if (!text.isWellFormed()) throw new Unreadable(`${name} holds half a character (a lone surrogate)`);
  return text;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
