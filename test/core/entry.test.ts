import { describe, expect, test } from 'vitest';
import { readEntry } from '../../src/core/entry.ts';

test('an entry is its text as written, and the keys under which it is compared', () => {
  const element = {
    userName: ' John.Doe ',
    fullName: 'John Doe\r',
    distinguishedName: 'UID=john.doe, DC=Example',
    emailAddresses: ['JD@x.example', ' ', 'jd@X.example', 'other@x.example'],
  };
  expect(readEntry(element, 3)).toEqual({
    number: 3,
    userName: 'John.Doe',
    nameKey: 'john.doe',
    fullName: 'John Doe',
    distinguishedName: 'UID=john.doe, DC=Example',
    emailAddresses: ['JD@x.example', 'other@x.example'],
    addressKeys: ['jd@x.example', 'other@x.example'],
  });
});

test.each([undefined, null, '', ' \u00a0'])('optional members that are %j count as left out', (nothing) => {
  expect(readEntry({ userName: 'a', fullName: nothing, distinguishedName: nothing }, 1)).toMatchObject({
    fullName: null,
    distinguishedName: null,
    emailAddresses: [],
  });
});

describe('an entry is skipped', () => {
  test.each<[unknown, string | null, string]>([
    [null, null, 'is null, not an object'],
    [[], null, 'is an array, not an object'],
    [7, null, 'is a number, not an object'],
    [{}, null, 'userName is missing or empty'],
    [{ userName: '\u00a0' }, null, 'userName is missing or empty'],
    [{ userName: 7 }, null, 'userName is a number, not a text'],
    [{ userName: ['a'] }, null, 'userName is an array, not a text'],
    [{ userName: 'a\0b' }, null, 'userName holds a NUL character'],
    [{ userName: 'a\ud800' }, null, 'userName holds half a character (a lone surrogate)'],
    [{ userName: 'x'.repeat(257) }, null, 'userName has 257 characters; at most 256 are taken'],
    [{ userName: 'x'.repeat(1e6) }, null, 'userName has 1000000 characters; at most 256 are taken'],
    [{ userName: '@CATCHALL' }, '@CATCHALL', 'the name @catchall is reserved'],
    [{ userName: 'a', fullName: {} }, 'a', 'fullName is an object, not a text'],
    [
      { userName: 'a', distinguishedName: 'x'.repeat(2001) },
      'a',
      'distinguishedName has 2001 characters; at most 2000 are taken',
    ],
    [{ userName: 'a', emailAddresses: 'a@x' }, 'a', 'emailAddresses is a string, not an array'],
    [{ userName: 'a', emailAddresses: {} }, 'a', 'emailAddresses is an object, not an array'],
    [{ userName: 'a', emailAddresses: ['a@x', null] }, 'a', 'emailAddresses[1] is null, not a text'],
    [{ userName: 'a', emailAddresses: ['a@x\nb@x'] }, 'a', 'emailAddresses[0] holds a control character'],
    [
      { userName: 'a', emailAddresses: Array.from({ length: 1001 }, () => 'a@x') },
      'a',
      'has 1001 addresses; at most 1000 are taken',
    ],
  ])('%j', (element, userName, reason) => {
    expect(readEntry(element, 1)).toMatchObject({ userName, reason });
  });

  test('a name of the prototype is no name of the entry', () => {
    const element = JSON.parse('{"__proto__": {"userName": "ghost"}}') as unknown;
    expect(readEntry(element, 1)).toMatchObject({ userName: null, reason: 'userName is missing or empty' });
    expect(readEntry({ userName: '__proto__' }, 1)).toMatchObject({
      userName: '__proto__',
      nameKey: '__proto__',
    });
  });
});
