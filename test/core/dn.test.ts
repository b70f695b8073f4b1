import { describe, expect, test } from 'vitest';
import { dnKeyOf, isUnder, parseDn } from '../../src/core/dn.ts';

describe('the same DN, written in different ways', () => {
  test.each([
    ['UID=john.doe,DC=example,DC=com', 'uid=JOHN.DOE, dc=Example ,dc = com'],
    ['CN=Doe\\, John,DC=x', 'CN=Doe\\2C John,DC=x'],
    ['CN="Doe, John",DC=x', 'CN=Doe\\, John,DC=x'],
    ['CN=J\\C3\\BCrgen,DC=x', 'CN=Jürgen,DC=x'],
    ['CN=a+UID=b,DC=x', 'UID=B + CN=A,DC=x'],
    ['CN=a;DC=x', 'CN=a,DC=x'],
    ['CN=a  b,DC=x', 'CN=a b,DC=x'],
    ['2.5.4.3=a', '2.5.4.3 = A'],
  ])('%s is %s', (one, other) => {
    expect(parseDn(one)).not.toBeNull();
    expect(dnKeyOf(one)).toBe(dnKeyOf(other));
  });

  test.each([
    ['CN=a,DC=x', 'CN=a\\,DC\\=x'],
    ['CN=a\\ ,DC=x', 'CN=a,DC=x'],
    ['CN=a+UID=b,DC=x', 'CN=a,UID=b,DC=x'],
    ['CN=a\\\\ ,DC=x', 'CN=a\\ ,DC=x'],
  ])('%s is not %s', (one, other) => expect(dnKeyOf(one)).not.toBe(dnKeyOf(other)));

  test.each(['', 'john', 'CN', 'CN=a,', ',CN=a', 'CN=a,,DC=x', 'CN="a', 'CN=a\\', '=a', 'CN=\\FF'])(
    '%j is no DN, and is compared as it stands',
    (text) => {
      expect(parseDn(text)).toBeNull();
      expect(dnKeyOf(text)).toBe(text.toLowerCase());
    },
  );
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
    'DC=example,DC=com',
  ])('not %s', (text) => expect(holds(text)).toBe(false));
});
