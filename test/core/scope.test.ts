import { describe, expect, test } from 'vitest';
import { readEntry, type Entry } from '../../src/core/entry.ts';
import { compileScope, type ScopeRule } from '../../src/core/scope.ts';

const john = readEntry(
  {
    userName: 'John.Doe',
    fullName: 'John (Jack) Doe',
    distinguishedName: 'UID=john.doe,OU=Staff,DC=example,DC=com',
    emailAddresses: ['john@example.com', 'jack@old.example.org'],
  },
  1,
) as Entry;
const bare = readEntry({ userName: 'bare/..' }, 2) as Entry;

describe('a rule matches when all that it names match', () => {
  test.each<[ScopeRule, boolean]>([
    [{ userName: 'john.doe' }, true],
    [{ userName: '*.DOE' }, true],
    [{ userName: 'john?doe' }, true],
    [{ userName: 'john' }, false],
    [{ userName: '*' }, true],
    [{ userName: '[j]ohn.doe' }, false],
    [{ userName: '!john.doe' }, false],
    [{ fullName: '*(Jack)*' }, true],
    [{ emailAddress: 'jack@*' }, true],
    [{ emailAddress: 'jill@*' }, false],
    [{ emailDomain: 'EXAMPLE.com' }, true],
    [{ emailDomain: '*.example.org' }, true],
    [{ emailDomain: 'example.org' }, false],
    [{ distinguishedName: '*,ou=staff,*' }, true],
    [{ under: 'ou=staff, dc=example, dc=com' }, true],
    [{ under: 'OU=taff,DC=example,DC=com' }, false],
    [{ userName: '*.doe', emailDomain: 'example.com' }, true],
    [{ userName: '*.doe', emailDomain: 'example.net' }, false],
  ])('%j: %j', (rule, matches) => {
    expect(compileScope({ include: [rule], exclude: [] })(john)).toBe(matches);
    expect(compileScope({ include: [], exclude: [rule] })(john)).toBe(!matches);
  });
});

test('what an entry does not have matches nothing', () => {
  for (const rule of [
    { fullName: '*' },
    { emailAddress: '*' },
    { emailDomain: '*' },
    { distinguishedName: '*' },
    { under: 'DC=com' },
  ]) {
    expect(compileScope({ include: [rule], exclude: [] })(bare)).toBe(false);
  }
  expect(compileScope({ include: [{ userName: 'bare*' }], exclude: [] })(bare)).toBe(true);
});

test('one include rule suffices, and an exclude rule wins', () => {
  const inScope = compileScope({
    include: [{ userName: 'nobody' }, { emailDomain: 'example.com' }],
    exclude: [{ userName: 'svc-*' }],
  });
  expect(inScope(john)).toBe(true);
  expect(inScope({ ...john, nameKey: 'svc-john' })).toBe(false);
});
