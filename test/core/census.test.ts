import { describe, expect, test } from 'vitest';
import { Census } from '../../src/core/census.ts';
import { isSkipped, readEntry, type Entry } from '../../src/core/entry.ts';
import { protocolMembers, type OptionalMember } from '../../src/core/members.ts';

function censusOf(...elements: object[]): Census {
  const census = new Census();
  elements.forEach((element, i) => census.take(element, readEntry(element, i + 1) as Entry));
  return census;
}

const whole = { fullName: 'a b', distinguishedName: 'CN=a', emailAddresses: ['a@x.example'] };

test('begins with nothing', () => {
  expect(censusOf()).toMatchObject({
    ...{ directory: 0, outOfScope: 0, odd: { count: 0, examples: [] }, missing: [] },
  });
});

describe('odd addresses', () => {
  test('are counted one by one; plain ones are not', () => {
    const { odd } = censusOf(
      { userName: 'a', emailAddresses: ['a@x.example', 'SMTP:a@x.example', 'a'] },
      { userName: 'b', emailAddresses: ['b@x.example'] },
      { userName: 'c' },
    );
    expect(odd.count).toBe(2);
    expect(odd.examples).toHaveLength(2);
    expect(odd.examples).toEqual(
      expect.arrayContaining([
        { userName: 'a', address: 'SMTP:a@x.example' },
        { userName: 'a', address: 'a' },
      ]),
    );
  });

  test.each([[['a', 'B', 'c', 'D']], [['D', 'c', 'B', 'a']], [['c', 'a', 'D', 'B']]])(
    'the first three by name are the examples, in whatever order they come: %j',
    (names) => {
      const { odd } = censusOf(...names.map((userName) => ({ userName, emailAddresses: [`${userName}:`] })));
      expect(odd).toEqual({
        count: 4,
        examples: ['a', 'B', 'c'].map((userName) => ({ userName, address: `${userName}:` })),
      });
    },
  );
});

describe('members that are missing though others stand in their place', () => {
  const without = (member: OptionalMember, more: object) => {
    const element: Record<string, unknown> = { userName: 'a', ...whole, ...more };
    Reflect.deleteProperty(element, member);
    return censusOf(element).missing;
  };

  test.each<[OptionalMember, object, string[]]>([
    ['fullName', { title: 'A B' }, []],
    ['fullName', { displayName: ' ' }, []],
    ['fullName', { displayName: 7 }, []],
    ['fullName', { displayName: ['A B'] }, []],
    ['distinguishedName', { path: 'CN=a,DC=x' }, ['path']],
    ['distinguishedName', { path: 'somebody' }, []],
    ['distinguishedName', { dn: '' }, []],
    ['distinguishedName', { dn: 7 }, []],
    ['distinguishedName', { dn: ['CN=a'] }, []],
    ['emailAddresses', { mail: 'a' }, ['mail']],
    ['emailAddresses', { 'E-Mail': ['a'] }, ['E-Mail']],
    ['emailAddresses', { proxySMTP: 'a' }, ['proxySMTP']],
    ['emailAddresses', { contact: 'a@x' }, ['contact']],
    ['emailAddresses', { contact: ['', 7, 'a@x'] }, ['contact']],
    ['emailAddresses', { contact: ['a', 'b'] }, []],
    ['emailAddresses', { contact: '@x' }, []],
    ['emailAddresses', { contact: 'a@' }, []],
    ['emailAddresses', { contact: 'at @ home' }, []],
    ['emailAddresses', { mail: ' ' }, []],
    ['emailAddresses', { mail: true }, []],
    ['emailAddresses', { mail: [] }, []],
    ['emailAddresses', { userName: 'a@x' }, []],
    ['emailAddresses', { mail: 'a', alias: ['a@x'], Contact: 'b@x' }, ['Contact', 'alias', 'mail']],
  ])('%s: %j is %j', (member, more, seen) => {
    expect(without(member, more)).toEqual(seen.length === 0 ? [] : [{ member, called: member, seen }]);
  });

  test.each<[OptionalMember, string[]]>([
    ['fullName', ['fullname', 'displayName', 'name', 'cn', 'common_name', 'realName', 'GECOS']],
    ['fullName', ['given-name', 'firstName', 'surname', 'sn', 'last name']],
    ['distinguishedName', ['DistinguishedName', 'dn', 'entryDN']],
    ['emailAddresses', ['mail', 'E-Mail', 'emails', 'smtp-address']],
  ])('what stands in the place of %s by its name alone: %j', (member, names) => {
    for (const name of names)
      expect(without(member, { [name]: 'A B' })).toEqual([{ member, called: member, seen: [name] }]);
  });

  test('a member that is said to be called otherwise is missing if nobody has it', () => {
    const names = { ...protocolMembers.names, fullName: 'displayname', distinguishedName: 'guid' };
    const members = { names, isOneAddressString: false };
    const census = new Census(members);
    expect(census.missing).toEqual([]);
    const element = { userName: 'a', fullName: 'A', displayName: 'A', mail: 'a@x' };
    census.take(element, readEntry(element, 1, members) as Entry);
    expect(census.missing).toEqual([
      { member: 'fullName', called: 'displayname', seen: ['displayName', 'fullName'] },
      { member: 'distinguishedName', called: 'guid', seen: [] },
      { member: 'emailAddresses', called: 'emailAddresses', seen: ['mail'] },
    ]);
  });

  test('nothing is missing that one entry has, whichever', () => {
    const odd = { userName: 'a', displayName: 'a', dn: 'CN=a', mail: 'a@x' };
    const missing = (...elements: object[]) => censusOf(...elements).missing.map(({ member }) => member);
    expect(missing(odd).sort()).toEqual(['distinguishedName', 'emailAddresses', 'fullName']);
    expect(missing(odd, { userName: 'b', ...whole })).toEqual([]);
    expect(missing({ userName: 'b', ...whole }, odd)).toEqual([]);
    expect(missing(odd, { userName: 'b', fullName: 'B' }).sort()).toEqual([
      'distinguishedName',
      'emailAddresses',
    ]);
    expect(missing(odd, { userName: 'b', emailAddresses: [] })).toHaveLength(3);
  });

  test('names are collected from all entries, but not without end, and short', () => {
    const seen = (...names: string[]) =>
      censusOf(
        ...names.map((name) => ({ userName: 'a', ...whole, emailAddresses: [], [name]: 'a@x' })),
      ).missing.flatMap((missing) => missing.seen);
    expect(seen('b', 'a', 'b')).toEqual(['a', 'b']);
    const eight = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    expect(seen(...eight)).toEqual(eight);
    expect(seen(...eight, 'i')).toEqual(eight);
    expect(seen('x'.repeat(41))).toEqual(['x'.repeat(40)]);
  });
});

describe('a mistake of all entries', () => {
  const wrong = (i: number) => ({ userName: `u${i}`, emailAddresses: `u${i}@x` });
  const read = (elements: unknown[]) => {
    const census = new Census();
    census.directory = elements.length;
    for (const [i, element] of elements.entries()) {
      const entry = readEntry(element, i + 1);
      if (isSkipped(entry)) census.skip(entry.reason);
      else census.take(element, entry);
    }
    return () => census.expectReadable('the directory');
  };
  const many = Array.from({ length: 20 }, (_, i) => wrong(i));

  test('is one report', () => {
    expect(read(many)).toThrow(
      'the directory: none of its 20 entries can be read: emailAddresses is a string, not an array',
    );
    const lists = many.map(({ userName }, i) => ({ userName, emailAddresses: [`${i}@x`, 7].slice(i % 2) }));
    expect(read(lists)).toThrow('emailAddresses[1] is a number');
  });

  test('is not one of some entries, of few, or of several members', () => {
    expect(read([])).not.toThrow();
    expect(read(many.slice(1))).not.toThrow();
    expect(read([...many, { userName: 'good' }])).not.toThrow();
    expect(read([{ userName: 'good' }, ...many])).not.toThrow();
    expect(read([...many, { userName: 7 }])).not.toThrow();
    expect(read([...many, { userName: 'null', emailAddresses: {} }])).toThrow();
  });
});
