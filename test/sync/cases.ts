import type { State } from '../support/state.ts';
import type { Overrides } from '../support/run.ts';

/** One rule of the domain: what is stored, what the directory lists, what the plan says, what is stored then. */
export interface Case {
  rule: string;
  before: State;
  listing: unknown[];
  settings?: Overrides;
  plan: string[];
  after: State;
  /** What the second run still says; nothing when left out. */
  then?: string[];
}

const anna = { userName: 'anna' };
const keep = { options: { deleteUsers: false, renames: true } };
const people = (...names: string[]) => Object.fromEntries(names.map((name) => [name, {}]));

export const cases: Case[] = [
  {
    rule: '3: a new entry becomes a user with everything copied, the default privileges and an archive',
    before: {},
    listing: [
      {
        userName: 'John.Doe',
        fullName: 'John Doe',
        distinguishedName: 'UID=john.doe,DC=example,DC=com',
        emailAddresses: ['John.Doe@Example.com', 'jd@example.com'],
        unknown: { ignored: true },
      },
    ],
    plan: ['create John.Doe'],
    after: {
      users: {
        'John.Doe': {
          fullName: 'John Doe',
          distinguishedName: 'UID=john.doe,DC=example,DC=com',
          emailAddresses: ['John.Doe@Example.com', 'jd@example.com'],
        },
      },
    },
  },
  {
    rule: '4: other default privileges can be set before the run',
    before: {},
    listing: [anna],
    settings: { defaultPrivileges: { user: ['login', 'archive'], archive: ['read', 'write'] } },
    plan: ['create anna'],
    after: {
      users: { anna: { privileges: ['login', 'archive'] } },
      archives: { anna: { owner: 'anna', access: { anna: ['read', 'write'] } } },
    },
  },
  {
    rule: '4: a later run never touches the privileges of an existing user',
    before: { users: { anna: { privileges: ['export'], fullName: 'Old' } } },
    listing: [{ userName: 'anna', fullName: 'New' }],
    plan: ['update anna'],
    after: { users: { anna: { privileges: ['export'], fullName: 'New' } } },
  },
  {
    rule: '2: names are compared without regard to case, in any script and either Unicode form',
    before: { users: people('Zoë', 'ΣΊΣΥΦΟΣ', 'JOHN') },
    listing: [{ userName: 'zoe\u0308' }, { userName: 'σίσυφος' }, { userName: 'john' }],
    plan: [],
    after: { users: people('Zoë', 'ΣΊΣΥΦΟΣ', 'JOHN') },
  },
  {
    rule: '2: names that only look alike, or fold together in other languages, are different people',
    before: { users: people('strauss', 'admin') },
    listing: [
      { userName: 'strauß' },
      { userName: 'strauss' },
      { userName: 'adm\u0131n' },
      { userName: 'admin' },
      { userName: 'аdmin' }, // with a Cyrillic a
      { userName: 'i' },
      { userName: 'İ' },
    ],
    plan: ['create admın', 'create i', 'create İ', 'create strauß', 'create аdmin'],
    after: { users: people('admın', 'admin', 'i', 'İ', 'strauss', 'strauß', 'аdmin') },
  },
  {
    rule: '5: fields that differ are updated, and fields that the directory leaves out are cleared',
    before: {
      users: { anna: { fullName: 'Anna', distinguishedName: 'CN=a', emailAddresses: ['a@x', 'b@x'] } },
    },
    listing: [{ userName: 'anna', fullName: null, emailAddresses: ['b@x', ''] }],
    plan: ['update anna'],
    after: { users: { anna: { emailAddresses: ['b@x'] } } },
  },
  {
    rule: '5: the order of the addresses counts, because the first one is the primary',
    before: { users: { anna: { emailAddresses: ['a@x', 'b@x'] } } },
    listing: [{ userName: 'anna', emailAddresses: ['b@x', 'a@x'] }],
    plan: ['update anna'],
    after: { users: { anna: { emailAddresses: ['b@x', 'a@x'] } } },
  },
  {
    rule: '5: another case of an address is no change',
    before: { users: { anna: { emailAddresses: ['Anna@X.example'] } } },
    listing: [{ userName: 'anna', emailAddresses: ['anna@x.EXAMPLE'] }],
    plan: [],
    after: { users: { anna: { emailAddresses: ['Anna@X.example'] } } },
  },
  {
    rule: '6: an integrated user of the same name is a conflict and left alone',
    before: { users: { anna: { authentication: 'integrated', fullName: 'By hand' } } },
    listing: [{ userName: 'ANNA', fullName: 'Of the directory' }],
    plan: ['conflict anna: a user made by hand has this name; the entry of the directory is ignored'],
    after: { users: { anna: { authentication: 'integrated', fullName: 'By hand' } } },
    then: ['conflict anna: a user made by hand has this name; the entry of the directory is ignored'],
  },
  {
    rule: '6: an integrated user is never deleted',
    before: { users: { root: { authentication: 'integrated' }, anna: {} } },
    listing: [anna],
    plan: [],
    after: { users: { root: { authentication: 'integrated' }, anna: {} } },
  },
  {
    rule: '7: an entry out of scope is treated as if the directory did not have it',
    before: { users: people('anna', 'svc-a') },
    listing: [anna, { userName: 'svc-a' }, { userName: 'svc-b' }],
    settings: { scope: { include: [], exclude: [{ userName: 'SVC-*' }] } },
    plan: ['delete svc-a'],
    after: { users: people('anna') },
  },
  {
    rule: '8: without deletion a user who is gone is kept and reported',
    before: { users: people('anna', 'bert') },
    listing: [anna],
    settings: keep,
    plan: ['kept bert: gone from the directory, kept because options.deleteUsers is off'],
    after: { users: people('anna', 'bert') },
    then: ['kept bert: gone from the directory, kept because options.deleteUsers is off'],
  },
  {
    rule: '9: deleting a user deletes the archive when it holds no mail',
    before: { users: people('anna', 'bert') },
    listing: [anna],
    plan: ['delete bert'],
    after: { users: people('anna') },
  },
  {
    rule: '9: an archive that holds mail stays, without an owner, and others keep their access to it',
    before: {
      users: people('anna', 'bert'),
      archives: { bert: { owner: 'bert', messages: 3, access: { bert: ['read'], anna: ['read', 'write'] } } },
    },
    listing: [anna],
    plan: ['delete bert (archive kept, 3)'],
    after: {
      users: people('anna'),
      archives: { bert: { owner: null, messages: 3, access: { anna: ['read', 'write'] } } },
    },
  },
  {
    rule: '10: a new user takes over the archive of the name that stands without an owner, and the plan says so',
    before: { archives: { Anna: { owner: null, messages: 2 } } },
    listing: [anna],
    plan: ['create anna (archive takenOver, 2)'],
    after: {
      users: people('anna'),
      archives: { Anna: { owner: 'anna', messages: 2, access: { anna: ['read'] } } },
    },
  },
  {
    rule: '10: an archive of the name that is another user’s is nobody’s to take',
    before: { users: people('bert'), archives: { anna: { owner: 'bert' } } },
    listing: [anna, { userName: 'bert' }],
    plan: ['conflict anna: the archive of this name belongs to another user; no user was created'],
    after: { users: people('bert'), archives: { anna: { owner: 'bert' } } },
    then: ['conflict anna: the archive of this name belongs to another user; no user was created'],
  },
  {
    rule: 'rename: user, privileges and archive with its mail stay together under the new name',
    before: {
      users: { bert: { distinguishedName: 'UID=7,DC=x', privileges: ['admin'], fullName: 'B' } },
      archives: { bert: { owner: 'bert', messages: 4 } },
    },
    listing: [{ userName: 'Berta', distinguishedName: 'uid = 7, dc=X', fullName: 'B' }],
    plan: ['rename bert to Berta'],
    after: {
      users: { Berta: { distinguishedName: 'uid = 7, dc=X', privileges: ['admin'], fullName: 'B' } },
      archives: { Berta: { owner: 'Berta', messages: 4 } },
    },
  },
  {
    rule: 'rename: only when the DN is that of exactly one gone user',
    before: { users: { a: { distinguishedName: 'CN=1' }, b: { distinguishedName: 'CN=1' } } },
    listing: [{ userName: 'c', distinguishedName: 'CN=1' }],
    settings: keep,
    plan: [
      'create c',
      'kept a: gone from the directory, kept because options.deleteUsers is off',
      'kept b: gone from the directory, kept because options.deleteUsers is off',
    ],
    after: {
      users: {
        a: { distinguishedName: 'CN=1' },
        b: { distinguishedName: 'CN=1' },
        c: { distinguishedName: 'CN=1' },
      },
    },
    then: [
      'kept a: gone from the directory, kept because options.deleteUsers is off',
      'kept b: gone from the directory, kept because options.deleteUsers is off',
    ],
  },
  {
    rule: 'rename: only when exactly one entry has the DN',
    before: { users: { a: { distinguishedName: 'CN=1' } } },
    listing: [
      { userName: 'b', distinguishedName: 'CN=1' },
      { userName: 'c', distinguishedName: 'CN=1' },
    ],
    plan: ['create b', 'create c', 'delete a'],
    after: { users: { b: { distinguishedName: 'CN=1' }, c: { distinguishedName: 'CN=1' } } },
  },
  {
    rule: 'rename: not when the former user is still listed',
    before: { users: { a: { distinguishedName: 'CN=1' } } },
    listing: [{ userName: 'a' }, { userName: 'b', distinguishedName: 'CN=1' }],
    plan: ['create b', 'update a'],
    after: { users: { a: {}, b: { distinguishedName: 'CN=1' } } },
  },
  {
    rule: 'rename: not when options.renames is off',
    before: { users: { a: { distinguishedName: 'CN=1' } } },
    listing: [{ userName: 'b', distinguishedName: 'CN=1' }],
    settings: { options: { deleteUsers: true, renames: false } },
    plan: ['create b', 'delete a'],
    after: { users: { b: { distinguishedName: 'CN=1' } } },
  },
  {
    rule: 'rename: never onto an archive that stands already',
    before: {
      users: { a: { distinguishedName: 'CN=1' } },
      archives: { a: { owner: 'a', messages: 1 }, b: { owner: null, messages: 1 } },
    },
    listing: [{ userName: 'b', distinguishedName: 'CN=1' }],
    plan: ['conflict a: is now b; not renamed, because an archive of that name stands already'],
    after: {
      users: { a: { distinguishedName: 'CN=1' } },
      archives: { a: { owner: 'a', messages: 1 }, b: { owner: null, messages: 1 } },
    },
    then: ['conflict a: is now b; not renamed, because an archive of that name stands already'],
  },
  {
    rule: 'rename: an integrated user is never renamed',
    before: { users: { a: { authentication: 'integrated', distinguishedName: 'CN=1' } } },
    listing: [{ userName: 'b', distinguishedName: 'CN=1' }],
    plan: ['create b'],
    after: {
      users: {
        a: { authentication: 'integrated', distinguishedName: 'CN=1' },
        b: { distinguishedName: 'CN=1' },
      },
    },
  },
  {
    rule: 'admins are protected from deletion',
    before: { users: { anna: {}, boss: { privileges: ['admin'] } } },
    listing: [anna],
    plan: ['protected boss: gone from the directory, kept because admins are never deleted'],
    after: { users: { anna: {}, boss: { privileges: ['admin'] } } },
    then: ['protected boss: gone from the directory, kept because admins are never deleted'],
  },
  {
    rule: 'a bad entry is skipped and its user left as he is, the others go on',
    before: { users: { anna: { fullName: 'Anna' }, bert: {} } },
    listing: [{ userName: 'anna', emailAddresses: 'a@x' }, { userName: 'carl' }],
    plan: ['create carl', 'delete bert', 'skipped 1 anna: emailAddresses is a string, not an array'],
    after: { users: { anna: { fullName: 'Anna' }, carl: {} } },
    then: ['skipped 1 anna: emailAddresses is a string, not an array'],
  },
  {
    rule: 'while an entry cannot be told, nobody is deleted and nobody renamed',
    before: { users: { a: { distinguishedName: 'CN=1' }, bert: {} } },
    listing: [{ fullName: 'nobody' }, { userName: 'b', distinguishedName: 'CN=1' }],
    plan: [
      'conflict a: is now b; not renamed while an entry of the listing cannot be told',
      'kept bert: gone from the directory, kept because an entry of the listing cannot be told',
      'skipped 1 ?: userName is missing or empty',
    ],
    after: { users: { a: { distinguishedName: 'CN=1' }, bert: {} } },
    then: [
      'conflict a: is now b; not renamed while an entry of the listing cannot be told',
      'kept bert: gone from the directory, kept because an entry of the listing cannot be told',
      'skipped 1 ?: userName is missing or empty',
    ],
  },
  {
    rule: 'a bad entry may be a renamed user: whoever has its DN is left as he is',
    before: {
      users: { 'anna.smith': { distinguishedName: 'UID=1,DC=x' }, bert: { distinguishedName: 'UID=2' } },
    },
    listing: [
      { userName: 'anna.jones', distinguishedName: 'uid=1, dc=x', emailAddresses: 'a@x' },
      { userName: 'carl' },
    ],
    plan: [
      'create carl',
      'delete bert',
      'kept anna.smith: gone by name, kept because a skipped entry has the distinguished name',
      'skipped 1 anna.jones: emailAddresses is a string, not an array',
    ],
    after: { users: { 'anna.smith': { distinguishedName: 'UID=1,DC=x' }, carl: {} } },
    then: [
      'kept anna.smith: gone by name, kept because a skipped entry has the distinguished name',
      'skipped 1 anna.jones: emailAddresses is a string, not an array',
    ],
  },
  {
    rule: 'a name that is listed very often costs one short reason for each entry',
    before: {},
    listing: Array.from({ length: 7 }, (_, i) => ({ userName: 'same', fullName: `${i}` })),
    settings: keep,
    plan: Array.from(
      { length: 7 },
      (_, i) => `skipped ${i + 1} same: entries 1, 2, 3, 4, 5 and 2 more have the same name and differ`,
    ),
    after: {},
    then: Array.from(
      { length: 7 },
      (_, i) => `skipped ${i + 1} same: entries 1, 2, 3, 4, 5 and 2 more have the same name and differ`,
    ),
  },
  {
    rule: 'two entries of one name that differ are both skipped; two that are the same are one',
    before: { users: { anna: { fullName: 'Anna' } } },
    listing: [
      { userName: 'anna', fullName: 'One' },
      { userName: 'Bert', emailAddresses: ['b@x'] },
      { userName: 'ANNA', fullName: 'Two' },
      { userName: 'bert', emailAddresses: ['B@x', 'b@X'] },
    ],
    plan: [
      'create Bert',
      'skipped 1 anna: entries 1, 3 have the same name and differ',
      'skipped 3 ANNA: entries 1, 3 have the same name and differ',
    ],
    after: { users: { anna: { fullName: 'Anna' }, Bert: { emailAddresses: ['b@x'] } } },
    then: [
      'skipped 1 anna: entries 1, 3 have the same name and differ',
      'skipped 3 ANNA: entries 1, 3 have the same name and differ',
    ],
  },
  {
    rule: 'a good entry is doubtful when a bad one has the same name',
    before: { users: people('anna') },
    listing: [
      { userName: 'anna', fullName: 'New' },
      { userName: 'anna', fullName: 7 },
    ],
    settings: {
      limits: {
        deletions: { percent: null, atLeast: 9, count: null },
        updates: { percent: null, atLeast: 9, count: null },
      },
    },
    plan: [
      'skipped 1 anna: entries 1, 2 have the same name and differ',
      'skipped 2 anna: fullName is a number, not a text',
    ],
    after: { users: people('anna') },
    then: [
      'skipped 1 anna: entries 1, 2 have the same name and differ',
      'skipped 2 anna: fullName is a number, not a text',
    ],
  },
  {
    rule: 'the catch-all archive is nobody’s',
    before: { users: people('anna'), archives: { '@catchall': { owner: null, messages: 1 } } },
    listing: [anna, { userName: '@CatchAll' }],
    plan: ['skipped 2 @CatchAll: the name @catchall is reserved'],
    after: { users: people('anna'), archives: { '@catchall': { owner: null, messages: 1 } } },
    then: ['skipped 2 @CatchAll: the name @catchall is reserved'],
  },
];
