import wildcard from 'wildcard-match';
import { isUnder, parseDn, type DistinguishedName } from './dn.ts';
import type { Entry } from './entry.ts';
import { keyOf } from './names.ts';

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

type Matcher = (entry: Entry) => boolean;

/**
 * Compiles the rules into one question. An entry is in scope when it matches an include rule (or there is none)
 * and no exclude rule.
 */
export function compileScope({ include, exclude }: ScopeRules): Matcher {
  const included = include.map(compileRule);
  const excluded = exclude.map(compileRule);
  return (entry) =>
    (included.length === 0 || included.some((matches) => matches(entry))) &&
    !excluded.some((matches) => matches(entry));
}

function compileRule(rule: ScopeRule): Matcher {
  const matchers: Matcher[] = [];
  const on = (pattern: string | undefined, textsOf: (entry: Entry) => readonly (string | null)[]) => {
    if (pattern === undefined) return;
    const matches = wildcard(keyOf(pattern), { separator: false, flags: 's' });
    matchers.push((entry) => textsOf(entry).some((text) => text !== null && matches(text)));
  };
  on(rule.userName, (entry) => [entry.nameKey]);
  on(rule.fullName, (entry) => [entry.fullName && keyOf(entry.fullName)]);
  on(rule.emailAddress, (entry) => entry.addressKeys);
  on(rule.emailDomain, (entry) => entry.addressKeys.map(domainOf));
  on(rule.distinguishedName, (entry) => [entry.distinguishedName && keyOf(entry.distinguishedName)]);
  if (rule.under !== undefined) matchers.push(under(parseDn(rule.under)));
  return (entry) => matchers.every((matches) => matches(entry));
}

function under(branch: DistinguishedName | null): Matcher {
  // The configuration refuses such a branch; here it is nobody's.
  if (branch === null) return () => false;
  return ({ distinguishedName }) => {
    const name = distinguishedName === null ? null : parseDn(distinguishedName);
    return name !== null && isUnder(name, branch);
  };
}

function domainOf(address: string): string | null {
  const at = address.lastIndexOf('@');
  return at < 0 ? null : address.slice(at + 1);
}
