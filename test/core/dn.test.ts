import { describe, expect, test } from 'vitest';
import { dnKeyOf, firstValueOf, isUnder, parseDn, valueKeyOf } from '../../src/core/dn.ts';

describe('the same DN, written in different ways', () => {
  test.each([
    ['UID=john.doe,DC=example,DC=com', 'uid=JOHN.DOE, dc=Example ,dc = com'],
    ['CN=John Doe,DC=x', ' CN =\tjohn   doe ,  DC\t= x\n'],
    ['CN=Doe\\, John,DC=x', 'CN=Doe\\2C John,DC=x'],
    ['CN=Doe\\, John,DC=x', 'CN=Doe\\2c John,DC=x'],
    ['CN="Doe, John",DC=x', 'CN=Doe\\, John,DC=x'],
    ['CN= "Doe, John" ,DC=x', 'CN=Doe\\, John,DC=x'],
    ['CN="a \\"b\\" c"', 'CN=a \\"b\\" c'],
    ['CN="a\nb"', 'CN=a\\0Ab'],
    ['CN=a\\\nb', 'CN=a\\0Ab'],
    ['CN="a\\\nb"', 'CN=a\\0Ab'],
    ['CN=J\\C3\\BCrgen,DC=x', 'CN=Jürgen,DC=x'],
    ['CN=\\E6\\BC\\A2\\E5\\AD\\97', 'CN=漢字'],
    ['CN=a+UID=b,DC=x', 'UID=B + CN=A,DC=x'],
    ['CN=a+UID=b+L=c,DC=x', 'L=c+UID=B + CN=A,DC=x'],
    ['CN=a;DC=x', 'CN=a,DC=x'],
    ['CN=a  b,DC=x', 'CN=a b,DC=x'],
    ['CN=a\\20 b', 'CN=a  b'],
    ['2.5.4.3=a', '2.5.4.3 = A'],
    ['12.15.41=a', ' 12.15.41 = A'],
    ['1=a', '1 = A'],
    ['X-y2=a', 'x-Y2 = A'],
    ['CN=,DC=x', 'CN= , DC=x'],
    ['CN=a=b,DC=x', 'CN=a\\=b,DC=x'],
    ['CN=ZOË', 'CN=zoe\u0308'],
    ['CN=a\\\\,DC=x', 'CN=a\\5C,DC=x'],
    ['CN=a\\\\ ,DC=x', 'CN=a\\5C,DC=x'],
    ['CN=a\\\\\\ ,DC=x', 'CN=a\\5C\\20,DC=x'],
    ['CN=a\\   ,DC=x', 'CN=a\\20,DC=x'],
    ['CN=\\ ,DC=x', 'CN=\\20,DC=x'],
    // What is nearly plain.
    [' CN=a', 'CN=a'],
    ['CN=a  ,DC=x', 'CN=a,DC=x'],
    ['CN=a,DC=x  ,DC=y', 'CN=a,DC=x,DC=y'],
    ['CN=a,DC= ', 'CN=a,DC='],
    ['L =a', 'L=a'],
    ['CN=a,L =b', 'CN=a,L=b'],
    ['CN=\\ a', 'CN=\\20a'],
  ])('%j is %j', (one, other) => {
    expect(parseDn(one)).not.toBeNull();
    expect(parseDn(other)).not.toBeNull();
    expect(dnKeyOf(one)).toBe(dnKeyOf(other));
  });

  test.each([
    ['CN=a,DC=x', 'CN=a\\,DC\\=x'],
    ['CN=a\\ ,DC=x', 'CN=a,DC=x'],
    ['CN=\\ a,DC=x', 'CN=a,DC=x'],
    ['CN=a+UID=b,DC=x', 'CN=a,UID=b,DC=x'],
    ['CN=a+UID=b', 'CN=a\\+uid\\=b'],
    ['CN=a\\\\ ,DC=x', 'CN=a\\ ,DC=x'],
    ['CN=a\\5C,DC=x', 'CN=a\\5C\\5C,DC=x'],
    ['CN=a\\5C\\,DC=x', 'CN=a\\5C,DC=x'],
    ['CN=ab', 'CN=a b'],
    ['CN=a b', 'CN=a\\ \tb'],
    ['L=b+OU=a', 'L=bOU=a'],
    ['CN=a', 'UID=a'],
    ['DC=x,DC=y', 'DC=y,DC=x'],
    ['CN=c3', 'CN=\\C3\\BC'],
  ])('%j is not %j', (one, other) => expect(dnKeyOf(one)).not.toBe(dnKeyOf(other)));

  test.each([
    ...['', ' ', 'john', 'CN', 'CN=a,', ',CN=a', 'CN=a,,DC=x', 'CN="a', 'CN=a\\', '=a', 'CN=\\FF', 'CN=\\C3'],
    ...['1.=a', '.1=a', '1..2=a', '1a=x', '-a=x', 'C_N=a', 'C N=a', 'ö=a', 'CN=a"b', 'CN="a"b', 'CN=a;'],
    ...['CN=a+', 'CN=a,DC', '=', '1.2.=a', '1.a=x', 'x CN=a', '....CN=L=b,DC=x', 'CN=John  Doe, x'],
  ])('%j is no DN, and is compared as it stands', (text) => {
    expect(parseDn(text)).toBeNull();
    expect(dnKeyOf(text)).toBe(text.toLowerCase());
  });

  test('a DN is its relative names, the most specific first', () => {
    expect(parseDn('CN=a+UID=B, 2.5.4.11="C, D"; DC=')).toEqual([
      [
        { type: 'cn', value: 'a' },
        { type: 'uid', value: 'b' },
      ],
      [{ type: '2.5.4.11', value: 'c, d' }],
      [{ type: 'dc', value: '' }],
    ]);
  });
});

describe('the value that tells who it is', () => {
  test.each([
    ['UID=John.Doe,DC=example', 'john.doe'],
    ['CN="Doe,  John",DC=example', 'doe, john'],
    ['UID=b+CN=a,DC=x', 'a'],
    ['CN=a\\+b,DC=x', 'a+b'],
    ['CN=,DC=x', ''],
    ['S-1-5-21', 's-1-5-21'],
    ['', ''],
  ])('of %j is %j', (text, value) => expect(firstValueOf(text)).toBe(value));

  test('is compared without regard to case and runs of spaces', () => {
    expect(valueKeyOf('John   DOE  Ë')).toBe('john doe ë');
  });
});

describe('a branch holds', () => {
  const branch = parseDn('OU=Staff, DC=example,DC=com') ?? [];
  const holds = (text: string) => isUnder(parseDn(text) ?? [], branch);

  test.each([
    'CN=a,OU=Staff,DC=example,DC=com',
    'cn=a, ou=STAFF , dc=Example,dc=com',
    'CN=a,OU=IT,OU=staff,DC=example,DC=com',
    'OU=Staff,DC=example,DC=com',
  ])('%s', (text) => expect(holds(text)).toBe(true));

  test.each([
    'CN=a,OU=Former Staff,DC=example,DC=com',
    'CN=a\\,OU=Staff,DC=example,DC=com',
    'CN=a,OU=Staff,DC=example,DC=com,DC=evil',
    'CN=a,OU=Staff,DC=other,DC=com',
    'CN=a,CN=Staff,DC=example,DC=com',
    'DC=example,DC=com',
    'DC=com',
  ])('not %s', (text) => expect(holds(text)).toBe(false));

  test('a part of several values only as a whole', () => {
    const several = parseDn('OU=a+L=b,DC=x') ?? [];
    expect(isUnder(parseDn('CN=c,L=b+OU=a,DC=x') ?? [], several)).toBe(true);
    expect(isUnder(parseDn('CN=c,OU=a,DC=x') ?? [], several)).toBe(false);
    expect(isUnder(parseDn('CN=c,OU=a\\+l\\=b,DC=x') ?? [], several)).toBe(false);
  });
});
