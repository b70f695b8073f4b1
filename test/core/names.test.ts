import { describe, expect, test } from 'vitest';
import { addressKeysOf, catchAll, domainOf, isPlainAddress, keyOf, localOf } from '../../src/core/names.ts';

describe('the key of a name', () => {
  test.each([
    ['John.DOE', 'john.doe'],
    ['ZOË', 'zoë'],
    ['zoe\u0308', 'zoë'],
    ['ΝΊΚΟΣ', 'νίκος'],
    ['νίκοσ', 'νίκος'],
    // Lower case of it is two characters again, which are one in NFC.
    ['J\u030c', 'ǰ'],
    ['K', 'k'],
  ])('%s is that of %s', (one, other) => expect(keyOf(one)).toBe(keyOf(other)));

  test.each([
    ['strauß', 'strauss'],
    ['ı', 'i'],
    ['Zoë', 'Zoe'],
    ['a b', 'ab'],
  ])('%s is not that of %s', (one, other) => expect(keyOf(one)).not.toBe(keyOf(other)));

  test('is lower case and composed', () => {
    expect(keyOf('John.DOE')).toBe('john.doe');
    expect(keyOf('ZOE\u0308')).toBe('zo\u00eb');
    expect(keyOf('J\u030c')).toBe('\u01f0');
  });
});

describe('the keys of an address', () => {
  test.each<[string, string[]]>([
    ['JD@X.example', ['jd@x.example']],
    ['jürgen@x.example', ['jürgen@x.example']],
    ['nobody', ['nobody']],
    ['bücher', ['bücher']],
    ['', ['']],
    // No domain at all, as ASCII or otherwise; then it is just text.
    ['x@ü ü', ['x@ü ü']],
    ['x@xn--a', ['x@xn--a']],
    // What is plain is kept to the letter, though a browser would read more into it.
    ['x@1', ['x@1']],
    ['x@axn--%41.example', ['x@axn--%41.example']],
    ['SMTP:x@x.example', ['smtp:x@x.example']],
  ])('%s has just %j', (address, keys) => expect(addressKeysOf(address)).toEqual(keys));

  test.each([
    ['x@bücher.example', 'X@xn--bcher-kva.example'],
    ['x@BÜCHER.example', 'x@bu\u0308cher.example'],
    ['x@mail.bücher.example', 'x@mail.XN--bcher-kva.example'],
    ['"a@b"@bücher.example', '"a@b"@xn--bcher-kva.example'],
    ['x@faß.example', 'x@xn--fa-hia.example'],
  ])('%s and %s have the same two', (one, other) => {
    expect(addressKeysOf(one)).toEqual(addressKeysOf(other));
    expect(new Set(addressKeysOf(one))).toEqual(new Set([keyOf(one), keyOf(addressKeysOf(other)[0] ?? '')]));
    expect(addressKeysOf(one)).toHaveLength(2);
  });

  test('both spellings, in one order', () => {
    expect(addressKeysOf('Jö@Bücher.example')).toEqual(['jö@xn--bcher-kva.example', 'jö@bücher.example']);
    expect(addressKeysOf('Jö@xn--bcher-kva.example')).toEqual(addressKeysOf('Jö@Bücher.example'));
  });

  test('two spellings that are one are given once', () => {
    expect(addressKeysOf('x@ａ.example')).toEqual(['x@a.example']);
  });

  test('faß and fass are two domains', () => {
    expect(addressKeysOf('x@faß.example')).not.toContain('x@fass.example');
  });
});

test.each([
  ['a@b', 'a', 'b'],
  ['"a@b"@c', '"a@b"', 'c'],
  ['@b', '', 'b'],
  ['a@', 'a', ''],
  ['a', 'a', null],
])('%s is %j at %j', (address, local, domain) => {
  expect(localOf(address)).toBe(local);
  expect(domainOf(address)).toBe(domain);
});

describe('a plain address', () => {
  test.each(['a@b', 'john.doe+x@example.com', 'jürgen@bücher.example', "o'neil/x@x.example"])('%s', (text) =>
    expect(isPlainAddress(text)).toBe(true),
  );

  test.each([
    ...['', 'a', '@', 'a@', '@b', 'SMTP:a@b', 'a@b.', 'a@b@c', 'John <a@b>', '<a@b>', '"a b"@c', '(x)a@b'],
    ...[
      'a@b, c@d',
      'a@b;c@d',
      'a@b c',
      'a b@c',
      ' a@b',
      'a@b\n',
      'a@[1.2.3.4]',
      'a\\b@c',
      'a@b\\c',
      'a@b:25',
    ],
    ...['a@b"', 'a@b)', 'a;b@c', 'a,b@c', 'a[@c'],
  ])('not %j', (text) => expect(isPlainAddress(text)).toBe(false));
});

test('the archive of mail that matches nobody', () => expect(catchAll).toBe('@catchall'));
