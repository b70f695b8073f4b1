import { describe, expect, test } from 'vitest';
import { readEntry, type Entry } from '../../src/core/entry.ts';
import type { OptionalMember } from '../../src/core/members.ts';
import { compileScope, type ScopeRule, type Judgement } from '../../src/core/scope.ts';

const entryOf = (element: unknown) => readEntry(element, 1) as Entry;
const john = entryOf({
  userName: 'John.Doe',
  fullName: 'John (Jack) Doe',
  distinguishedName: 'UID=john.doe,OU=Staff,DC=example,DC=com',
  emailAddresses: ['john@example.com', 'jack@old.example.org', 'j@bücher.example'],
});
const bare = entryOf({ userName: 'bare/..' });

type Answer = 'in' | 'out' | OptionalMember;
const said = (verdict: Judgement): Answer => {
  if ('unclear' in verdict) return verdict.unclear;
  expect(typeof verdict.inScope).toBe('boolean');
  return verdict.inScope ? 'in' : 'out';
};
const judge = (
  rules: { include?: ScopeRule[]; exclude?: ScopeRule[] },
  entry: Entry,
  stored: OptionalMember[] = [],
): Answer => said(compileScope({ include: [], exclude: [], ...rules })(entry, new Set(stored)));

const opposite = (answer: Answer): Answer => (answer === 'in' ? 'out' : answer === 'out' ? 'in' : answer);

/** What a rule says when it includes; when it excludes it says the opposite. */
function expectRule(rule: ScopeRule, entry: Entry, stored: OptionalMember[], answer: Answer) {
  expect(judge({ include: [rule] }, entry, stored)).toBe(answer);
  expect(judge({ exclude: [rule] }, entry, stored)).toBe(opposite(answer));
}

const all: OptionalMember[] = ['fullName', 'distinguishedName', 'emailAddresses'];

describe('a rule matches when all that it names match', () => {
  test.each<[ScopeRule, Answer]>([
    [{ userName: 'john.doe' }, 'in'],
    [{ userName: '*.DOE' }, 'in'],
    [{ userName: 'john?doe' }, 'in'],
    [{ userName: 'john' }, 'out'],
    [{ userName: '*' }, 'in'],
    [{ userName: '[j]ohn.doe' }, 'out'],
    [{ userName: '!john.doe' }, 'out'],
    [{ fullName: '*(Jack)*' }, 'in'],
    [{ fullName: 'JOHN*' }, 'in'],
    [{ fullName: 'Jack*' }, 'out'],
    [{ emailAddress: 'JACK@*' }, 'in'],
    [{ emailAddress: 'jill@*' }, 'out'],
    [{ emailAddress: '*@xn--bcher-kva.example' }, 'in'],
    [{ emailDomain: 'EXAMPLE.com' }, 'in'],
    [{ emailDomain: '*.example.org' }, 'in'],
    [{ emailDomain: 'example.org' }, 'out'],
    [{ emailDomain: 'bücher.example' }, 'in'],
    [{ emailDomain: 'xn--bcher-kva.example' }, 'in'],
    [{ distinguishedName: '*,ou=staff,*' }, 'in'],
    [{ distinguishedName: '*,ou=taff,*' }, 'out'],
    [{ under: 'ou=staff, dc=example, dc=com' }, 'in'],
    [{ under: 'OU=taff,DC=example,DC=com' }, 'out'],
    [{ under: 'no branch' }, 'out'],
    [{ userName: '*.doe', emailDomain: 'example.com' }, 'in'],
    [{ userName: '*.doe', emailDomain: 'example.net' }, 'out'],
    [{ userName: 'x', emailDomain: 'example.com' }, 'out'],
    [{}, 'in'],
  ])('%j: %s', (rule, answer) => {
    expectRule(rule, john, [], answer);
    // What the stored user has does not count where the entry has it, too.
    expectRule(rule, john, all, answer);
  });

  test('a star stands for any text', () => {
    expectRule({ fullName: 'a*c' }, entryOf({ userName: 'a', fullName: 'a/\nb.c' }), [], 'in');
  });
});

describe('a member that the entry lacks', () => {
  test.each<[ScopeRule, OptionalMember]>([
    [{ fullName: '*' }, 'fullName'],
    [{ emailAddress: '*' }, 'emailAddresses'],
    [{ emailDomain: '*' }, 'emailAddresses'],
    [{ distinguishedName: '*' }, 'distinguishedName'],
    [{ under: 'DC=com' }, 'distinguishedName'],
  ])('matches nothing, or is unclear when the stored user has it: %j', (rule, member) => {
    const others = all.filter((other) => other !== member);
    expectRule(rule, bare, [], 'out');
    expectRule(rule, bare, others, 'out');
    expectRule(rule, bare, [member], member);
  });

  test('does not count where the rule asks for something else', () => {
    expectRule({ userName: 'bare*' }, bare, all, 'in');
    expectRule({ userName: 'x' }, bare, all, 'out');
    expectRule({ userName: 'x', fullName: 'x' }, bare, all, 'out');
    expectRule({ userName: 'bare*', fullName: 'x' }, bare, all, 'fullName');
  });
});

describe('a member that cannot be read as the rule needs it is unclear', () => {
  const withAddress = (...emailAddresses: string[]) => entryOf({ userName: 'a', emailAddresses });

  test.each<[string[], Answer]>([
    [['John <a@example.com>'], 'emailAddresses'],
    [['a@example.com, b@example.net'], 'emailAddresses'],
    [['x@other', 'John <a@example.com>'], 'emailAddresses'],
    [['a@example.com', 'John <a@example.net>'], 'in'],
    [['a@example.net'], 'out'],
    [['nothing'], 'out'],
  ])('the domain of %j: %s', (addresses, answer) => {
    expectRule({ emailDomain: 'example.com' }, withAddress(...addresses), [], answer);
  });

  test('but the whole of it can be compared', () => {
    expectRule({ emailAddress: '*.net' }, withAddress('a@example.com, b@example.net'), [], 'in');
    expectRule({ emailAddress: '*.org' }, withAddress('a@example.com, b@example.net'), all, 'out');
  });

  test('a DN that is none', () => {
    const odd = entryOf({ userName: 'a', distinguishedName: 'S-1-5' });
    expectRule({ under: 'DC=com' }, odd, [], 'distinguishedName');
    expectRule({ under: 'no branch' }, odd, all, 'out');
    expectRule({ distinguishedName: 's-*' }, odd, [], 'in');
  });
});

describe('several rules', () => {
  const stored: OptionalMember[] = ['fullName'];
  const yes = { userName: 'bare*' };
  const no = { userName: 'nobody' };
  const unclear = { fullName: 'x' };

  test.each<[ScopeRule[], ScopeRule[], Answer]>([
    [[], [], 'in'],
    [[yes], [], 'in'],
    [[no], [], 'out'],
    [[no, yes], [], 'in'],
    [[unclear, yes], [], 'in'],
    [[no, unclear], [], 'fullName'],
    [[], [no], 'in'],
    [[], [no, yes], 'out'],
    [[], [unclear, yes], 'out'],
    [[], [no, unclear], 'fullName'],
    [[yes], [yes], 'out'],
    [[no], [unclear], 'out'],
    [[unclear], [yes], 'out'],
    [[unclear], [no], 'fullName'],
    [[yes], [unclear], 'fullName'],
  ])('include %j, exclude %j: %s', (include, exclude, answer) => {
    expect(judge({ include, exclude }, bare, stored)).toBe(answer);
  });

  test('the member that is named is the one that is needed', () => {
    expect(judge({ include: [unclear], exclude: [{ emailDomain: 'x' }] }, bare, all)).toBe('fullName');
    expect(judge({ include: [yes], exclude: [{ emailDomain: 'x' }] }, bare, all)).toBe('emailAddresses');
    expect(judge({ include: [{ fullName: 'x', under: 'DC=x' }] }, bare, ['distinguishedName'])).toBe('out');
  });
});
