import wildcard from 'wildcard-match';
import { isUnder, parseDn, type DistinguishedName } from './dn.ts';
import type { Entry, OptionalMember } from './entry.ts';
import { domainOf, isPlainAddress, keyOf } from './names.ts';

/**
 * One rule of a scope: everything that it names must match. All but `under` are globs in which `*` stands for any
 * text and `?` for one character, compared without regard to case.
 */
export interface ScopeRule {
  userName?: string | undefined;
  fullName?: string | undefined;
  /** Matches when any of the entry's addresses does. */
  emailAddress?: string | undefined;
  /** The part after the `@` of any of the entry's addresses. */
  emailDomain?: string | undefined;
  distinguishedName?: string | undefined;
  /** A branch of the directory's tree, compared as a DN. */
  under?: string | undefined;
}

export interface ScopeRules {
  include: ScopeRule[];
  exclude: ScopeRule[];
}

/** In or out, or the member for the lack of which nobody can say. */
export type Verdict = { inScope: boolean } | { unclear: OptionalMember };

/** Which members the stored user of the entry's name has. */
export type StoredMembers = ReadonlySet<OptionalMember>;

export type Scope = (entry: Entry, stored: StoredMembers) => Verdict;

/** What one matcher says: yes, no, or which member it would have needed. */
type Word = boolean | OptionalMember;
type Matcher = (entry: Entry, stored: StoredMembers) => Word;

/**
 * Compiles the rules into one question. An entry is in scope when it matches an include rule (or there is none)
 * and no exclude rule.
 *
 * A member that the entry lacks matches nothing; but where the stored user of that name has it, the directory may have
 * failed to send it, and then the rule cannot judge. The same with a member that cannot be read as the rule needs it.
 */
export function compileScope({ include, exclude }: ScopeRules): Scope {
  const included = include.length === 0 ? () => true : anyOf(include.map(compileRule));
  const excluded = anyOf(exclude.map(compileRule));
  return (entry, stored) => {
    const isIn = included(entry, stored);
    const isOut = excluded(entry, stored);
    if (isIn === false || isOut === true) return { inScope: false };
    if (isIn === true && isOut === false) return { inScope: true };
    return { unclear: typeof isIn === 'string' ? isIn : (isOut as OptionalMember) };
  };
}

/** Yes when one says yes, no when all say no. */
function anyOf(matchers: Matcher[]): Matcher {
  return (entry, stored) => {
    const words = matchers.map((matches) => matches(entry, stored));
    return words.includes(true) || (words.find((word) => word !== false) ?? false);
  };
}

/** No when one says no, yes when all say yes. */
function allOf(matchers: Matcher[]): Matcher {
  return (entry, stored) => {
    const words = matchers.map((matches) => matches(entry, stored));
    return !words.includes(false) && (words.find((word) => word !== true) ?? true);
  };
}

function compileRule(rule: ScopeRule): Matcher {
  const matchers: Matcher[] = [];
  const on = (
    pattern: string | undefined,
    textsOf: (entry: Entry) => readonly (string | null)[],
    member?: OptionalMember,
    isUnreadable: (entry: Entry) => boolean = () => false,
  ) => {
    if (pattern === undefined) return;
    const matches = wildcard(keyOf(pattern), { separator: false, flags: 's' });
    matchers.push((entry, stored) => {
      const texts = textsOf(entry).filter((text) => text !== null);
      if (texts.some((text) => matches(text))) return true;
      if (member === undefined) return false;
      return isUnreadable(entry) || (texts.length === 0 && stored.has(member)) ? member : false;
    });
  };
  on(rule.userName, (entry) => [entry.nameKey]);
  on(rule.fullName, (entry) => [entry.fullName && keyOf(entry.fullName)], 'fullName');
  on(rule.emailAddress, (entry) => entry.addressKeys, 'emailAddresses');
  on(rule.emailDomain, (entry) => entry.addressKeys.map(domainOf), 'emailAddresses', hasDoubtfulDomain);
  on(
    rule.distinguishedName,
    (entry) => [entry.distinguishedName && keyOf(entry.distinguishedName)],
    'distinguishedName',
  );
  if (rule.under !== undefined) matchers.push(under(parseDn(rule.under)));
  return allOf(matchers);
}

/** `Name <x@example.com>` or `a@x, b@y`: a domain is there, but not where it is looked for. */
const hasDoubtfulDomain = ({ emailAddresses }: Entry) =>
  emailAddresses.some((address) => address.includes('@') && !isPlainAddress(address));

function under(branch: DistinguishedName | null): Matcher {
  // The configuration refuses such a branch; here it is nobody's.
  if (branch === null) return () => false;
  return ({ distinguishedName }, stored) => {
    if (distinguishedName === null) return stored.has('distinguishedName') ? 'distinguishedName' : false;
    const name = parseDn(distinguishedName);
    return name === null ? 'distinguishedName' : isUnder(name, branch);
  };
}
