import { describe, expect, test } from 'vitest';
import {
  agrees,
  contradicts,
  isDoubtfulByDn,
  repeatsUserName,
  weigh,
  type Evidence,
  type Person,
  type Word,
} from '../../src/core/identity.ts';

const person = (nameKey: string, of: Partial<Person> = {}): Person => ({
  ...{ nameKey, fullName: null, distinguishedName: null, addressKeys: [] },
  ...of,
});
const nothing: Evidence = { distinguishedName: null, fullName: null, emailAddresses: null };

/** Which of the two comes first does not count. */
function weighBoth(one: Person, other: Person, ambiguous: string[] = []): Evidence {
  const evidence = weigh(one, other, new Set(ambiguous));
  expect(weigh(other, one, new Set(ambiguous))).toEqual(evidence);
  return evidence;
}

test('a name alone says nothing', () => {
  expect(weighBoth(person('a'), person('a'))).toEqual(nothing);
  expect(weighBoth(person('a'), person('b'))).toEqual(nothing);
});

test('what only one side has says nothing', () => {
  const full = person('a', { fullName: 'X Y', distinguishedName: 'UID=7', addressKeys: ['q@x'] });
  expect(weighBoth(full, person('a'))).toEqual(nothing);
});

describe('the DN', () => {
  const of = (nameKey: string, distinguishedName: string, fullName: string | null = null) =>
    person(nameKey, { distinguishedName, fullName });

  test.each<[string, Person, Person, Word]>([
    ['one number', of('a', 'UID=7,DC=x'), of('b', 'UID=7,DC=x'), true],
    ['another branch', of('a', 'UID=7,OU=p,DC=x'), of('b', 'UID=7,OU=q,DC=y'), true],
    ['another spelling', of('a', 'CN=X  Y,DC=x'), of('b', 'cn=x y, dc=x'), true],
    ['two numbers', of('a', 'UID=7,DC=x'), of('a', 'UID=8,DC=x'), false],
    ['the user name on both sides', of('a', 'UID=A,DC=x'), of('a', 'UID=a,DC=x'), null],
    ['two user names', of('a', 'UID=a,DC=x'), of('b', 'UID=b,DC=x'), null],
    ['the user name on one side', of('a', 'UID=a,DC=x'), of('b', 'UID=a,DC=x'), true],
    ['the user name against another', of('a', 'UID=a,DC=x'), of('a', 'UID=b,DC=x'), false],
    ['a user name of several words', of('a  b', 'CN=A   B'), of('a b', 'CN=a b'), null],
    ['the full name on both sides', of('a', 'CN=X Y', 'X  Y'), of('a', 'CN=v w', ' V W '), null],
    ['the full name on one side', of('a', 'CN=X Y', 'X Y'), of('a', 'CN=V W', 'X Y'), false],
    ['the full name on one side, none on the other', of('a', 'CN=X Y', 'X Y'), of('a', 'CN=X Y'), true],
    ['user name here, full name there', of('a', 'CN=a', 'Q'), of('b', 'CN=X Y', 'X Y'), false],
    ['no DN, but the same', of('a', 'S-1-5'), of('b', 's-1-5'), true],
    ['no DN, and others', of('a', 'S-1-5'), of('a', 'S-1-6'), false],
  ])('%s', (_, one, other, word) => {
    expect(weighBoth(one, other).distinguishedName).toBe(word);
  });

  test.each<[Person, boolean]>([
    [of('john', 'UID=John,DC=x'), true],
    [of('john', 'UID=jane,DC=x'), false],
    [of('john', 'john'), true],
    [person('john'), false],
  ])('%j repeats the user name: %j', (who, repeats) => expect(repeatsUserName(who)).toBe(repeats));
});

describe('the full name', () => {
  test.each<[string, string | null, string | null, Word, string?]>([
    ['the same', 'John Doe', 'JOHN  DOE', true],
    ['another order', 'Doe, John', 'John Doe', true],
    ['a middle name', 'John Doe', 'John Q. Doe', true],
    ['a part of it', 'Cher', 'Cher Sarkisian', true],
    ['married', 'Mary Smith', 'Mary Jones', true],
    ['of accents', 'Zoe\u0308 K', 'ZOË Q', true],
    ['of other scripts', '山田 太郎', '山田 花子', true],
    ['nothing in common', 'Mary Smith', 'Peter Jones', false],
    ['a letter in common', 'Mary Q Smith', 'Peter Q Jones', false],
    ['a letter with a number', 'Mary A1 Smith', 'Peter A1 Jones', false],
    ['a number in common', 'Mary 1234', 'Peter 1234', false],
    ['two letters in common', 'Al Smith', 'Al Jones', true],
    ['only the name in common', 'Mary Smith', 'Peter Smith', false, 'smith'],
    ['a part of the name in common', 'Mary Smith', 'Peter Smith', false, 'm.smith2'],
    ['more than the name in common', 'Mary Smith', 'Mary Jones', true, 'smith'],
    ['all of it, though it is the name', 'Smith', 'Mary Smith', true, 'smith'],
    ['one is left out', 'Mary Smith', null, null],
    ['one has no words', 'Mary Smith', ' - ', null],
    ['neither has words', '?', '!', null],
    ['half of a word is none', 'Mary Smithson', 'Peter Smith', false],
  ])('%s: %j and %j', (_, one, other, word, name) => {
    const common = weighBoth(
      person(name ?? 'xyz', { fullName: one }),
      person(name ?? 'xyz', { fullName: other }),
    );
    expect(common.fullName).toBe(word);
  });

  test('a user name that the two do not share discounts nothing', () => {
    const one = person('mary.smith', { fullName: 'Mary Smith' });
    expect(weighBoth(one, person('msmith', { fullName: 'Peter Smith' })).fullName).toBe(true);
  });
});

describe('addresses', () => {
  const of = (nameKey: string, ...addressKeys: string[]) => person(nameKey, { addressKeys });

  test.each<[string, Person, Person, Word, string[]?]>([
    ['one shared', of('a', 'q@x', 'r@x'), of('a', 's@x', 'q@x'), true],
    ['none shared', of('a', 'q@x'), of('a', 'r@x'), false],
    ['none shared, others by name', of('a', 'q@x'), of('b', 'r@x'), false],
    ['shared, but only the name', of('a', 'a@x'), of('a', 'a@x'), null],
    ['shared, but only the name; others differ', of('a', 'a@x', 'q@x'), of('a', 'a@x', 'r@x'), null],
    ['shared, and of one of them the name', of('a', 'a@x'), of('b', 'a@x'), true],
    ['shared by more than one entry', of('a', 'q@x'), of('a', 'q@x'), null, ['q@x']],
    ['one of two shared by more', of('a', 'q@x', 'r@x'), of('a', 'q@x', 'r@x'), true, ['q@x']],
    ['all repeat the name', of('a', 'a@x'), of('a', 'a@y'), null],
    ['one side repeats the name', of('a', 'a@x'), of('a', 'q@x'), false],
    ['not all repeat the name', of('a', 'a@x', 'q@x'), of('a', 'a@y'), false],
    ['each repeats its own name', of('a', 'a@x'), of('b', 'b@x'), false],
    ['the name begins like that', of('a', 'a.b@x'), of('a', 'a.b@x'), true],
    ['the name is an address', of('a@x', 'a@x'), of('a@x', 'a@x'), null],
    ['one has none', of('a', 'q@x'), of('a'), null],
  ])('%s', (_, one, other, word, ambiguous) => {
    expect(weighBoth(one, other, ambiguous).emailAddresses).toBe(word);
  });
});

/** DN, full name and addresses: `+` agrees, `-` differs, `0` says nothing. */
const words: Record<string, Word> = { '+': true, '-': false, '0': null };
const evidenceOf = ([dn = '', name = '', addresses = '']: string): Evidence => ({
  distinguishedName: words[dn] ?? null,
  fullName: words[name] ?? null,
  emailAddresses: words[addresses] ?? null,
});
const signs = ['+', '-', '0'];
const every = signs.flatMap((a) => signs.flatMap((b) => signs.map((c) => a + b + c)));

describe('all that three members can say', () => {
  // One of them differs and none agrees, or DN and full name both differ.
  const contradictions = ['---', '--0', '--+', '-0-', '-00', '0--', '0-0', '00-'];

  test('contradicts', () => {
    expect(every.filter((text) => contradicts(evidenceOf(text))).sort()).toEqual(contradictions.sort());
  });

  test('agrees: one does, and there is no contradiction', () => {
    const expected = every.filter((text) => text.includes('+') && !contradictions.includes(text));
    expect(expected).toHaveLength(18);
    expect(every.filter((text) => agrees(evidenceOf(text)))).toEqual(expected);
  });

  test('is doubtful although the DN is the same', () => {
    const doubtful = (wasGone: boolean) =>
      every.filter((text) => isDoubtfulByDn(evidenceOf(text), wasGone)).map((text) => text.slice(1));
    // Both differ.
    expect(new Set(doubtful(false))).toEqual(new Set(['--']));
    // One differs and the other does not agree.
    expect(new Set(doubtful(true))).toEqual(new Set(['--', '-0', '0-']));
  });
});
