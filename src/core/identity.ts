import { firstValueOf, valueKeyOf } from './dn.ts';
import { keyOf, localOf } from './names.ts';

/**
 * Who is who: what shows whether an entry of the directory and a stored user are the same person.
 *
 *     rule | an entry and a stored directory user …                     | are
 *     -----|------------------------------------------------------------|---------------------------------------------
 *     –    | have the same name and are equal in every member           | one person, before all else
 *     1    | have the same whole DN, which no one else has              | one person, whatever their names; in doubt
 *          |                                                            | when full name and addresses both differ
 *          |   … and the user was gone in an earlier run                | in doubt when one differs and the other
 *          |                                                            | does not agree
 *          |   … but it only repeats the name that both have            | left to rule 2
 *     2    | have the same name, and are not matched yet                | one person
 *          |   … but contradict each other                              | in doubt
 *          |   … but another entry of any kind has the user's DN        | in doubt
 *     3    | have the same whole DN, which no other entry has and       | as rule 1
 *          | no other unmatched user                                    |
 *     4    | share name or DN, and were not matched                     | in doubt: nothing is written for either
 *     5    | share nothing                                              | a newcomer, and a user who is gone
 *
 * A newcomer and an archive of the same name that lost its owner are compared as in rule 2, but something has to agree.
 *
 * The pairs are found in the database, for the whole listing in one step (sync/match.ts). Here, the members of one pair
 * are compared.
 */

/** What is known about a person, from the directory or the database. */
export interface Person {
  nameKey: string;
  fullName: string | null;
  distinguishedName: string | null;
  addressKeys: readonly string[];
}

/** The verdict of one member: the two agree (true), they differ (false), or it proves nothing (null). */
export type Word = boolean | null;

export interface Evidence {
  distinguishedName: Word;
  fullName: Word;
  emailAddresses: Word;
}

/**
 * Compares the members of an entry and a stored user.
 *
 * @param ambiguous addresses that more than one entry of the listing has; they prove nothing
 */
export function weigh(one: Person, other: Person, ambiguous: ReadonlySet<string>): Evidence {
  const commonName = one.nameKey === other.nameKey ? one.nameKey : null;
  return {
    distinguishedName: weighDns(one, other),
    fullName: weighFullNames(wordsOf(one.fullName), wordsOf(other.fullName), commonName),
    emailAddresses: weighAddresses(one.addressKeys, other.addressKeys, ambiguous, commonName),
  };
}

/** One member differs and none agrees, or DN and full name both differ. */
export function contradicts({ distinguishedName, fullName, emailAddresses }: Evidence): boolean {
  const words = [distinguishedName, fullName, emailAddresses];
  return (
    (words.includes(false) && !words.includes(true)) || (distinguishedName === false && fullName === false)
  );
}

/** Whether an entry and a user are in doubt although they have the same DN. */
export function isDoubtfulByDn({ fullName, emailAddresses }: Evidence, wasGone: boolean): boolean {
  if (fullName === false && emailAddresses === false) return true;
  return (
    wasGone &&
    ((fullName === false && emailAddresses !== true) || (emailAddresses === false && fullName !== true))
  );
}

/** Whether something agrees and nothing contradicts: then an archive may go to a newcomer. */
export const agrees = (evidence: Evidence) =>
  Object.values(evidence).includes(true) && !contradicts(evidence);

/** Whether the DN only repeats the user name. */
export const repeatsUserName = ({ nameKey, distinguishedName }: Person) =>
  distinguishedName !== null && firstValueOf(distinguishedName) === valueKeyOf(nameKey);

/** Compares only the first value, so that a move to another branch proves nothing. */
function weighDns(one: Person, other: Person): Word {
  if (one.distinguishedName === null || other.distinguishedName === null) return null;
  if (repeatsUserName(one) && repeatsUserName(other)) return null;
  if (repeatsFullName(one) && repeatsFullName(other)) return null;
  return firstValueOf(one.distinguishedName) === firstValueOf(other.distinguishedName);
}

const repeatsFullName = ({ fullName, distinguishedName }: Person) =>
  fullName !== null &&
  distinguishedName !== null &&
  firstValueOf(distinguishedName) === valueKeyOf(fullName.trim());

const wordsOf = (fullName: string | null): readonly string[] =>
  fullName === null ? [] : (keyOf(fullName).match(/[\p{L}\p{M}\p{N}]+/gu) ?? []);

function weighFullNames(one: readonly string[], other: readonly string[], commonName: string | null): Word {
  if (one.length === 0 || other.length === 0) return null;
  const tells = (word: string) => (word.match(/\p{L}/gu)?.length ?? 0) >= 2 && !commonName?.includes(word);
  return (
    one.every((word) => other.includes(word)) ||
    other.every((word) => one.includes(word)) ||
    one.some((word) => other.includes(word) && tells(word))
  );
}

function weighAddresses(
  one: readonly string[],
  other: readonly string[],
  ambiguous: ReadonlySet<string>,
  commonName: string | null,
): Word {
  if (one.length === 0 || other.length === 0) return null;
  const repeatsName = (address: string) => commonName !== null && localOf(address) === localOf(commonName);
  const shared = one.filter((address) => other.includes(address));
  if (shared.some((address) => !repeatsName(address) && !ambiguous.has(address))) return true;
  return shared.length > 0 || [...one, ...other].every(repeatsName) ? null : false;
}
