import { describe, expect, test } from 'vitest';
import { isSkipped, readEntry } from '../../src/core/entry.ts';
import { optionalMembers } from '../../src/core/members.ts';
import { skipText, type SkipReason } from '../../src/core/skip-reason.ts';

test('an entry is its text as written, and the keys under which it is compared', () => {
  const element = {
    userName: ' John.Doe ',
    fullName: 'John Doe\r',
    distinguishedName: 'UID=john.doe, DC=Example',
    emailAddresses: ['JD@x.example', ' ', 'jd@X.example', ' other@x.example '],
    unknown: 7,
  };
  const entry = readEntry(element, 3);
  expect(isSkipped(entry)).toBe(false);
  expect(entry).toEqual({
    number: 3,
    userName: 'John.Doe',
    nameKey: 'john.doe',
    fullName: 'John Doe',
    distinguishedName: 'UID=john.doe, DC=Example',
    dnKey: 'uid=john.doe,dc=example',
    emailAddresses: ['JD@x.example', 'other@x.example'],
    addressKeys: ['jd@x.example', 'other@x.example'],
  });
});

test('an address in both spellings of its domain is one address with two keys', () => {
  const emailAddresses = ['A@bücher.example', 'a@xn--bcher-kva.example', 'b@xn--bcher-kva.example'];
  expect(readEntry({ userName: 'a', emailAddresses }, 1)).toMatchObject({
    emailAddresses: ['A@bücher.example', 'b@xn--bcher-kva.example'],
    addressKeys: [
      ...['a@xn--bcher-kva.example', 'a@bücher.example'],
      ...['b@xn--bcher-kva.example', 'b@bücher.example'],
    ],
  });
});

const bare = {
  ...{ number: 1, userName: 'a', nameKey: 'a', fullName: null, distinguishedName: null, dnKey: null },
  ...{ emailAddresses: [], addressKeys: [] },
};

test.each([undefined, null, '', ' \u00a0'])('optional members that are %j count as left out', (nothing) => {
  expect(readEntry({ userName: 'a', fullName: nothing, distinguishedName: nothing }, 1)).toEqual(bare);
});

test.each([undefined, null, [], ['', ' ']])('no addresses: %j', (emailAddresses) => {
  expect(readEntry({ userName: 'a', emailAddresses }, 1)).toEqual(bare);
});

test('what an entry may say beside its name', () => {
  expect([...optionalMembers].sort()).toEqual(['distinguishedName', 'emailAddresses', 'fullName']);
});

/** What is wrong with an element. */
function reasonOf(element: unknown): SkipReason | null {
  const entry = readEntry(element, 1);
  return isSkipped(entry) ? entry.reason : null;
}

describe('an entry is skipped, and the first thing that is wrong is the reason', () => {
  const long = 'x'.repeat(321);
  test.each<[unknown, SkipReason]>([
    [null, { code: 'notAnObject', kind: 'null' }],
    [[], { code: 'notAnObject', kind: 'an array' }],
    [7, { code: 'notAnObject', kind: 'a number' }],
    ['a', { code: 'notAnObject', kind: 'a string' }],
    [{}, { code: 'missing', member: 'userName' }],
    [{ userName: null }, { code: 'missing', member: 'userName' }],
    [{ userName: '\u00a0' }, { code: 'missing', member: 'userName' }],
    [{ userName: 7 }, { code: 'wrongType', member: 'userName', kind: 'a number', expected: 'string' }],
    [{ userName: ['a'] }, { code: 'wrongType', member: 'userName', kind: 'an array', expected: 'string' }],
    [{ userName: 'a\0b' }, { code: 'nul', member: 'userName' }],
    [{ userName: 'a\ud800' }, { code: 'loneSurrogate', member: 'userName' }],
    [{ userName: '@CatchAll' }, { code: 'reserved', member: 'userName', value: '@catchall' }],
    [
      { userName: 'a', fullName: {} },
      { code: 'wrongType', member: 'fullName', kind: 'an object', expected: 'string' },
    ],
    [
      { userName: 'a', distinguishedName: true },
      { code: 'wrongType', member: 'distinguishedName', kind: 'a boolean', expected: 'string' },
    ],
    [
      { userName: 'a', emailAddresses: 'a@x' },
      { code: 'wrongType', member: 'emailAddresses', kind: 'a string', expected: 'array' },
    ],
    [
      { userName: 'a', emailAddresses: {} },
      { code: 'wrongType', member: 'emailAddresses', kind: 'an object', expected: 'array' },
    ],
    [
      { userName: 'a', emailAddresses: ['a@x', null] },
      { code: 'wrongType', member: 'emailAddresses[1]', kind: 'null', expected: 'string' },
    ],
    [
      { userName: 'a', emailAddresses: ['a@x\nb@x'] },
      { code: 'controlCharacter', member: 'emailAddresses[0]' },
    ],
    [
      { userName: '', fullName: 7 },
      { code: 'missing', member: 'userName' },
    ],
    [
      { userName: 'a', fullName: '\0', emailAddresses: [long] },
      { code: 'nul', member: 'fullName' },
    ],
  ])('%j', (element, reason) => expect(reasonOf(element)).toEqual(reason));

  test.each(['\u0001', '\u001f', '\u007f', '\u0080', '\u009f'])('%j in an address', (char) => {
    expect(reasonOf({ userName: 'a', emailAddresses: [`a${char}@x`] })).toMatchObject({
      code: 'controlCharacter',
    });
  });

  test.each([' ', '~', '\u00a0', 'ü'])('but not %j in an address', (char) => {
    expect(reasonOf({ userName: 'a', emailAddresses: [`a${char}@x`] })).toBeNull();
  });

  test.each([
    ['userName', 'userName', 256, (text: string) => ({ userName: text })],
    ['fullName', 'fullName', 1_000, (text: string) => ({ userName: 'a', fullName: text })],
    [
      'distinguishedName',
      'distinguishedName',
      2_000,
      (text: string) => ({ userName: 'a', distinguishedName: text }),
    ],
    ['an address', 'emailAddresses[0]', 320, (text: string) => ({ userName: 'a', emailAddresses: [text] })],
  ])('%s that is too long', (_, member, most, element) => {
    expect(reasonOf(element(` ${'x'.repeat(most)} `))).toBeNull();
    expect(reasonOf(element('x'.repeat(most + 1)))).toEqual({
      code: 'tooLong',
      member,
      length: most + 1,
      most,
    });
  });

  test('too many addresses', () => {
    const element = (length: number) => ({ userName: 'a', emailAddresses: Array(length).fill('a@x') });
    expect(reasonOf(element(1_000))).toBeNull();
    expect(reasonOf(element(1_001))).toEqual({
      ...{ code: 'tooMany', member: 'emailAddresses', length: 1_001, most: 1_000 },
    });
  });
});

describe('a skipped entry is somebody’s', () => {
  test('what of it can be read is kept', () => {
    const element = { userName: 'A', fullName: 7, distinguishedName: 'CN=A', emailAddresses: ['A@x'] };
    expect(readEntry(element, 2)).toEqual({
      ...{ number: 2, userName: 'A', nameKey: 'a', fullName: null },
      ...{ distinguishedName: 'CN=A', dnKey: 'cn=a', emailAddresses: ['A@x'], addressKeys: ['a@x'] },
      reason: { code: 'wrongType', member: 'fullName', kind: 'a number', expected: 'string' },
      isAnybodys: false,
    });
  });

  test('a reserved name is a name all the same', () => {
    expect(readEntry({ userName: '@CatchAll' }, 1)).toMatchObject({
      ...{ userName: '@CatchAll', nameKey: '@catchall' },
    });
  });

  test('of addresses all or none', () => {
    expect(readEntry({ userName: 'a', emailAddresses: ['a@x', 7] }, 1)).toMatchObject(bare);
  });

  test('of what is no object nothing', () => {
    expect(readEntry('a', 1)).toMatchObject({ ...bare, userName: null, nameKey: null, isAnybodys: true });
  });

  test.each<[unknown, boolean]>([
    [{ userName: 7 }, true],
    [{ userName: '@catchall' }, false],
    [{ fullName: 'a' }, true],
    [{ userName: 'a', distinguishedName: 7 }, true],
    [{ userName: 'a', distinguishedName: null, fullName: 7 }, false],
    [{ userName: 'a', distinguishedName: '', fullName: 7 }, false],
    [{ userName: 'a', emailAddresses: 7 }, false],
  ])('%j may be anybody’s: %j', (element, isAnybodys) => {
    expect(readEntry(element, 1)).toMatchObject({ isAnybodys });
  });
});

test('what the prototype has is no member of the entry', () => {
  const element = JSON.parse('{"__proto__": {"userName": "ghost"}}') as unknown;
  expect(reasonOf(element)).toEqual({ code: 'missing', member: 'userName' });
  expect(reasonOf(Object.create({ userName: 'ghost' }))).toEqual({ code: 'missing', member: 'userName' });
  const inherited = Object.assign(Object.create({ emailAddresses: ['g@x'], fullName: 'g' }) as object, {
    userName: '__proto__',
  });
  expect(readEntry(inherited, 1)).toEqual({ ...bare, userName: '__proto__', nameKey: '__proto__' });
});

test('a failure that is no fault of the entry is not swallowed', () => {
  const element = Object.defineProperty({}, 'userName', {
    get: () => {
      throw new RangeError('a bug');
    },
  });
  expect(() => readEntry(element, 1)).toThrow(RangeError);
});

describe('members that the directory calls otherwise', () => {
  const names = {
    userName: 'login',
    fullName: 'userName',
    distinguishedName: '__proto__',
    emailAddresses: 'mail',
  };
  const members = { names, isOneAddressString: true };
  const element = (text: string) => JSON.parse(text) as unknown;

  test('are read, and those with our names are not', () => {
    const ours = '"fullName": "F", "distinguishedName": 7, "emailAddresses": [7]';
    const entry = element(
      `{"login": "a", "userName": " N ", "__proto__": "UID=1", "mail": ["a@x"], ${ours}}`,
    );
    expect(readEntry(entry, 1, members)).toEqual({
      ...{
        number: 1,
        userName: 'a',
        nameKey: 'a',
        fullName: 'N',
        distinguishedName: 'UID=1',
        dnKey: 'uid=1',
      },
      ...{ emailAddresses: ['a@x'], addressKeys: ['a@x'] },
    });
    expect(readEntry(element('{"login": "a"}'), 1, members)).toEqual(bare);
  });

  test.each<[string, string[]]>([
    ['" a@x "', ['a@x']],
    ['""', []],
    ['null', []],
    ['[]', []],
    ['["a@x", "b@x", "A@x"]', ['a@x', 'b@x']],
    ['"a@x, b@x"', ['a@x, b@x']],
  ])('a string is a list of one address: %s', (mail, emailAddresses) => {
    expect(readEntry(element(`{"login": "a", "mail": ${mail}}`), 1, members)).toMatchObject({
      emailAddresses,
    });
    const strict = { ...members, isOneAddressString: false };
    expect(isSkipped(readEntry(element(`{"login": "a", "mail": ${mail}}`), 1, strict))).toBe(
      mail.startsWith('"'),
    );
  });

  test.each<[string, string]>([
    ['{"userName": "a"}', 'login is missing or empty'],
    ['{"login": 7}', 'login is a number, not a string'],
    ['{"login": "@catchall"}', 'the name @catchall is reserved'],
    ['{"login": "a", "userName": []}', 'userName is an array, not a string'],
    ['{"login": "a", "__proto__": {}}', '__proto__ is an object, not a string'],
    ['{"login": "a", "mail": 7}', 'mail is a number, not an array'],
    ['{"login": "a", "mail": ["a@x", 7]}', 'mail[1] is a number, not a string'],
    ['{"login": "a", "mail": "a@x\\nb@x"}', 'mail contains a control character'],
    [`{"login": "a", "mail": "${'x'.repeat(321)}"}`, 'mail has 321 characters; the limit is 320'],
  ])('%s: what is wrong is told by the name that the directory has', (text, words) => {
    const entry = readEntry(element(text), 1, members);
    expect(isSkipped(entry) && skipText(entry.reason)).toBe(words);
  });
});
