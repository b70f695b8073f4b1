import { isUnder, parseDn, type DistinguishedName } from './dn.ts';
import type { Entry } from './entry.ts';
import type { OptionalMember } from './members.ts';
import { compileGlob } from './glob.ts';
import { domainOf, isPlainAddress, keyOf } from './names.ts';

/**
 * One rule of a scope: every member that it names must match. All but `under` are globs, in which `*` matches any
 * characters and `?` exactly one; case is ignored.
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

/** A rule by its place: in which list, and its index there. */
export interface RulePlace {
  list: keyof ScopeRules;
  index: number;
}

/**
 * In or out, or the member whose lack prevents a decision; and the rule that decided. It is null where none did: there
 * is none, or no include rule matches.
 */
export type Judgement = ({ inScope: boolean } | { unclear: OptionalMember }) & { rule: RulePlace | null };

/** The members that the stored user with the entry's name has. */
export type StoredMembers = ReadonlySet<OptionalMember>;

export type Scope = (entry: Entry, stored: StoredMembers) => Judgement;

/** The result of one matcher: yes, no, or the member that it needs. */
type Match = boolean | OptionalMember;
type Matcher = (entry: Entry, stored: StoredMembers) => Match;

/**
 * Compiles the rules into one function. An entry is in scope when it matches an include rule (or there is none)
 * and no exclude rule.
 *
 * A rule does not match a member that the entry lacks. But if the stored user with that name has the member, the
 * directory may have failed to send it, and the result is unclear, as it is when the rule cannot read the member.
 */
export function compileScope({ include, exclude }: ScopeRules): Scope {
  if (include.length === 0 && exclude.length === 0) return () => ({ inScope: true, rule: null });
  const included = include.length === 0 ? () => anything : anyOf('include', include.map(compileRule));
  const excluded = anyOf('exclude', exclude.map(compileRule));
  return (entry, stored) => {
    const isIn = included(entry, stored);
    const isOut = excluded(entry, stored);
    if (isOut.match === true) return { inScope: false, rule: isOut.rule };
    if (isIn.match === false) return { inScope: false, rule: null };
    if (isIn.match === true && isOut.match === false) return { inScope: true, rule: isIn.rule };
    const { match, rule } = isIn.match === true ? isOut : isIn;
    return { unclear: match as OptionalMember, rule };
  };
}

interface Word {
  match: Match;
  /** The first rule that says so; null for a no. */
  rule: RulePlace | null;
}

const anything: Word = { match: true, rule: null };
const nothing: Word = { match: false, rule: null };

/** True when one is true, false when all are false. */
function anyOf(list: RulePlace['list'], matchers: Matcher[]): (...given: Parameters<Matcher>) => Word {
  return (entry, stored) => {
    const words = matchers.map((matches) => matches(entry, stored));
    let index = words.indexOf(true);
    if (index < 0) index = words.findIndex((word) => word !== false);
    const match = words[index];
    return match === undefined ? nothing : { match, rule: { list, index } };
  };
}

/** False when one is false, true when all are true. */
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
    const matches = compileGlob(keyOf(pattern));
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

/** `Name <x@example.com>` or `a@x, b@y`: there is a domain, but not where the rule looks for it. */
const hasDoubtfulDomain = ({ emailAddresses }: Entry) =>
  emailAddresses.some((address) => address.includes('@') && !isPlainAddress(address));

function under(branch: DistinguishedName | null): Matcher {
  // The configuration never accepts such a branch; matching nothing is safe.
  if (branch === null) return () => false;
  return ({ distinguishedName }, stored) => {
    if (distinguishedName === null) return stored.has('distinguishedName') ? 'distinguishedName' : false;
    const name = parseDn(distinguishedName);
    return name === null ? 'distinguishedName' : isUnder(name, branch);
  };
}
