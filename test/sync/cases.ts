import type { Overrides } from '../support/run.ts';
import type { State } from '../support/state.ts';

/** One rule of the domain: what is stored, what the directory lists, what the plan says, what is stored then. */
export interface Case {
  rule: string;
  before: State;
  listing: unknown[];
  settings?: Overrides;
  plan: string[];
  /** As before, when left out. */
  after?: State;
}

/** The same case as it ends today: midnight may have passed since this file was loaded. */
export function onThisDay({ before, plan, after, ...rest }: Case): Case {
  const dated = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value).replaceAll(today, new Date().toISOString().slice(0, 10))) as T;
  return { ...rest, before: dated(before), plan: dated(plan), ...(after && { after: dated(after) }) };
}

const anna = { userName: 'anna' };
const people = (...names: string[]) => Object.fromEntries(names.map((name) => [name, {}]));
const options = (more: Partial<NonNullable<Overrides['options']>>): Overrides => ({
  options: { deleteUsers: true, renames: true, takeOver: 'agreed', ...more },
});
const keep = options({ deleteUsers: false });
const same = (...names: string[]): Overrides => ({ answers: { same: names, new: [] } });
const other = (...names: string[]): Overrides => ({ answers: { same: [], new: names } });
const today = new Date().toISOString().slice(0, 10);
const aside = (name: string) => `${name} (until ${today})`;

/** Somebody with everything: a number, a full name, an address. */
const ada = { distinguishedName: 'UID=1', fullName: 'Ada Able', emailAddresses: ['ada@x'] };
const bob = { distinguishedName: 'UID=2', fullName: 'Bob Baker', emailAddresses: ['bob@x'] };
const cleo = { distinguishedName: 'UID=3', fullName: 'Cleo Cole', emailAddresses: ['cleo@x'] };
const listed = (userName: string, person: object) => ({ userName, ...person });
/** What an archive remembers of a person. */
const was = (userName: string, person: object) => ({
  ...{ userName, fullName: null, distinguishedName: null, emailAddresses: [] },
  ...person,
});

const copied: Case[] = [
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
    before: { users: { anna: { privileges: ['export'], fullName: 'Tom Old' } } },
    listing: [{ userName: 'anna', fullName: 'Tom New' }],
    plan: ['update anna'],
    after: { users: { anna: { privileges: ['export'], fullName: 'Tom New' } } },
  },
  {
    rule: 'names are compared without regard to case, in any script and either Unicode form',
    before: { users: people('Zoë', 'ΣΊΣΥΦΟΣ', 'JOHN') },
    listing: [{ userName: 'zoe\u0308' }, { userName: 'σίσυφος' }, { userName: 'john' }],
    plan: [],
  },
  {
    rule: 'names that only look alike, or fold together in other languages, are different people',
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
    listing: [{ userName: 'ANNA', fullName: null, emailAddresses: ['b@x', ''] }],
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
    rule: '5: another spelling of an address or a DN is no change',
    before: {
      users: {
        anna: { emailAddresses: ['Anna@X.example', 'a@bücher.example'], distinguishedName: 'UID=anna, DC=X' },
      },
    },
    listing: [
      {
        userName: 'anna',
        emailAddresses: ['anna@x.EXAMPLE', 'a@xn--bcher-kva.example'],
        distinguishedName: 'uid=Anna,dc=x',
      },
    ],
    plan: [],
  },
  {
    rule: '6: an integrated user is never touched, and an entry of the name is ignored',
    before: { users: { anna: { authentication: 'integrated', fullName: 'By hand' }, bert: {} } },
    listing: [{ userName: 'ANNA', fullName: 'Of the directory' }, { userName: 'bert' }],
    plan: ['integrated anna (ANNA: integrated)'],
  },
  {
    rule: '6: an integrated user is never deleted, and never renamed',
    before: { users: { root: { authentication: 'integrated', distinguishedName: 'UID=1' }, bert: {} } },
    listing: [{ userName: 'anna', distinguishedName: 'UID=1' }, { userName: 'bert' }],
    plan: ['create anna'],
    after: {
      users: {
        anna: { distinguishedName: 'UID=1' },
        bert: {},
        root: { authentication: 'integrated', distinguishedName: 'UID=1' },
      },
    },
  },
];

const gone: Case[] = [
  {
    rule: '7: an entry out of scope is treated as if the directory did not have it',
    before: { users: people('anna', 'svc-a') },
    listing: [anna, { userName: 'svc-a' }, { userName: 'svc-b' }],
    settings: { scope: { include: [], exclude: [{ userName: 'SVC-*' }] } },
    plan: ['delete svc-a'],
    after: { users: people('anna') },
  },
  {
    rule: '7: a rule that asks for a member which only the stored user has cannot judge',
    before: {
      users: { anna: { emailAddresses: ['anna@x'] }, bert: { fullName: 'B' }, carl: {}, dora: {} },
    },
    listing: [
      anna,
      { userName: 'bert' },
      { userName: 'carl' },
      { userName: 'dora', emailAddresses: ['d@x'] },
    ],
    settings: { scope: { include: [{ emailDomain: 'x' }], exclude: [] } },
    plan: ['update dora', 'delete bert', 'delete carl', 'skipped 1 anna: scopeUnclear'],
    after: { users: { anna: { emailAddresses: ['anna@x'] }, dora: { emailAddresses: ['d@x'] } } },
  },
  {
    rule: '7: nor one that asks for a DN which cannot be parsed; it may be anybody’s, and nobody is deleted',
    before: { users: { anna: { distinguishedName: 'CN=Smith\\, A,OU=x' }, bert: {}, carl: {} } },
    listing: [
      { userName: 'anna.jones', distinguishedName: 'CN=Smith, A,OU=x' },
      { userName: 'carl', distinguishedName: 'UID=carl,OU=x' },
    ],
    settings: { scope: { include: [{ under: 'OU=x' }], exclude: [] } },
    plan: ['update carl', 'unsure anna', 'unsure bert', 'skipped 1 anna.jones: scopeUnclear'],
    after: {
      users: {
        anna: { distinguishedName: 'CN=Smith\\, A,OU=x', gone: true },
        bert: { gone: true },
        carl: { distinguishedName: 'UID=carl,OU=x' },
      },
    },
  },
  {
    rule: '8: without deletion a user who is gone is kept, reported and remembered; who is back is forgotten',
    before: { users: { anna: { gone: true }, bert: {}, carl: { gone: true } } },
    listing: [anna],
    settings: keep,
    plan: ['gone bert', 'gone carl'],
    after: { users: { anna: {}, bert: { gone: true }, carl: { gone: true } } },
  },
  {
    rule: '9: deleting a user deletes the archive when it holds no mail, and the access of others to it',
    before: {
      users: people('anna', 'bert'),
      archives: { bert: { owner: 'bert', access: { bert: ['read'], anna: ['read'] } } },
    },
    listing: [anna],
    plan: ['delete bert (bert deleted, 0, without anna)'],
    after: { users: people('anna') },
  },
  {
    rule: '9: an archive that holds mail stays without an owner, remembers them, and others keep their access',
    before: {
      users: { anna: {}, bert: bob },
      archives: { bert: { owner: 'bert', messages: 3, access: { bert: ['read'], anna: ['read', 'write'] } } },
    },
    listing: [anna],
    plan: ['delete bert (bert kept, 3)'],
    after: {
      users: people('anna'),
      archives: {
        bert: { owner: null, messages: 3, access: { anna: ['read', 'write'] }, lastOwner: was('bert', bob) },
      },
    },
  },
  {
    rule: '9: the addresses of the last owner are remembered by their keys, too',
    before: {
      users: { anna: {}, eve: { emailAddresses: ['Eve@X'] } },
      archives: { eve: { owner: 'eve', messages: 1 } },
    },
    listing: [anna],
    plan: ['delete eve (eve kept, 1)'],
    after: {
      users: { anna: {} },
      archives: { eve: { owner: null, messages: 1, lastOwner: was('eve', { emailAddresses: ['Eve@X'] }) } },
    },
  },
  {
    rule: 'admins are protected from deletion',
    before: { users: { anna: {}, boss: { privileges: ['admin'] } } },
    listing: [anna],
    plan: ['admin boss'],
    after: { users: { anna: {}, boss: { privileges: ['admin'], gone: true } } },
  },
];

const archives: Case[] = [
  {
    rule: '10: a newcomer gets the archive of the name when its last owner agrees, and others lose their access',
    before: {
      users: people('bert'),
      archives: {
        anna: { owner: null, messages: 2, access: { bert: ['read'] }, lastOwner: was('Anna', ada) },
      },
    },
    listing: [listed('anna', { ...ada, distinguishedName: null }), { userName: 'bert' }],
    plan: ['create anna (anna takenOver, 2, without bert)'],
    after: {
      users: { anna: { ...ada, distinguishedName: null }, bert: {} },
      archives: { anna: { owner: 'anna', messages: 2, access: { anna: ['read'] } } },
    },
  },
  {
    rule: '10: when nothing agrees they are in doubt, and nothing is created',
    before: {
      users: people('bert'),
      archives: {
        anna: { owner: null, messages: 2, lastOwner: was('anna', ada) },
        carl: { owner: null, messages: 1 },
      },
    },
    listing: [listed('anna', bob), { userName: 'bert' }, { userName: 'carl' }],
    plan: ['doubt anna: ownerlessArchive anna', 'doubt carl: ownerlessArchive carl'],
  },
  {
    rule: '10: --same takes the archive over, --new sets it aside',
    before: {
      users: people('bert'),
      archives: {
        anna: { owner: null, messages: 2, access: { bert: ['read'] }, lastOwner: was('anna', ada) },
        carl: { owner: null, messages: 1, access: { bert: ['read'] } },
      },
    },
    listing: [listed('anna', bob), { userName: 'bert' }, { userName: 'carl' }],
    settings: { answers: { same: ['carl'], new: ['anna'] } },
    plan: [
      `create anna by new (${aside('anna')} setAside, 2)`,
      'create carl by same (carl takenOver, 1, without bert)',
    ],
    after: {
      users: { anna: bob, bert: {}, carl: {} },
      archives: {
        anna: { owner: 'anna' },
        [aside('anna')]: {
          owner: null,
          messages: 2,
          access: { bert: ['read'] },
          lastOwner: was('anna', ada),
        },
        carl: { owner: 'carl', messages: 1 },
      },
    },
  },
  {
    rule: '10: with takeOver always nothing is asked, as in MailStore',
    before: {
      users: people('bert'),
      archives: {
        anna: { owner: null, messages: 2, access: { bert: ['read'] }, lastOwner: was('anna', ada) },
        carl: { owner: null },
      },
    },
    listing: [listed('anna', bob), { userName: 'bert' }, { userName: 'carl' }],
    settings: options({ takeOver: 'always' }),
    plan: ['create anna (anna takenOver, 2, without bert)', 'create carl (carl takenOver, 0)'],
    after: {
      users: { anna: bob, bert: {}, carl: {} },
      archives: { anna: { owner: 'anna', messages: 2 } },
    },
  },
  {
    rule: '10: an empty archive without an owner makes way',
    before: { users: people('bert'), archives: { Anna: { owner: null, access: { bert: ['read'] } } } },
    listing: [anna, { userName: 'bert' }],
    plan: ['create anna (Anna deleted, 0, without bert)'],
    after: { users: people('anna', 'bert') },
  },
  {
    rule: '10: an archive of the name that is another user’s is nobody’s to take',
    before: { users: people('bert'), archives: { anna: { owner: 'bert' } } },
    listing: [anna, { userName: 'bert' }],
    plan: ['nameTaken anna (anna: archive)'],
  },
];

const whoIsWho: Case[] = [
  {
    rule: 'by DN: user, privileges and archive with its mail stay together under the new name',
    before: {
      users: { bert: { distinguishedName: 'UID=7,DC=x', privileges: ['admin'], fullName: 'B B' }, carl: {} },
      archives: { bert: { owner: 'bert', messages: 4, access: { bert: ['read'], carl: ['read'] } } },
    },
    listing: [
      { userName: 'Berta', distinguishedName: 'uid = 7, dc=X', fullName: 'B B' },
      { userName: 'carl' },
    ],
    plan: ['rename bert to Berta'],
    after: {
      users: {
        Berta: { distinguishedName: 'uid = 7, dc=X', privileges: ['admin'], fullName: 'B B' },
        carl: {},
      },
      archives: { Berta: { owner: 'Berta', messages: 4, access: { Berta: ['read'], carl: ['read'] } } },
    },
  },
  {
    rule: 'by DN: a chain in one night, b to c and a to b, is applied together',
    before: {
      users: { a: { ...ada, privileges: ['login'] }, b: { ...bob, privileges: ['admin'] } },
      archives: { a: { owner: 'a', messages: 1 }, b: { owner: 'b', messages: 2 } },
    },
    listing: [listed('b', ada), listed('c', bob)],
    plan: ['rename a to b', 'rename b to c'],
    after: {
      users: { b: { ...ada, privileges: ['login'] }, c: { ...bob, privileges: ['admin'] } },
      archives: { b: { owner: 'b', messages: 1 }, c: { owner: 'c', messages: 2 } },
    },
  },
  {
    rule: 'by DN: two names swapped, and a circle of three',
    before: {
      users: {
        a: ada,
        b: bob,
        x: { distinguishedName: 'UID=x1' },
        y: { distinguishedName: 'UID=y1' },
        z: { distinguishedName: 'UID=z1' },
      },
      archives: {
        a: { owner: 'a', messages: 1 },
        b: { owner: 'b', messages: 2 },
        z: { owner: 'z', messages: 3 },
      },
    },
    listing: [
      listed('b', ada),
      listed('a', bob),
      { userName: 'y', distinguishedName: 'UID=x1' },
      { userName: 'z', distinguishedName: 'UID=y1' },
      { userName: 'x', distinguishedName: 'UID=z1' },
    ],
    plan: ['rename b to a', 'rename a to b', 'rename z to x', 'rename x to y', 'rename y to z'],
    after: {
      users: {
        a: bob,
        b: ada,
        x: { distinguishedName: 'UID=z1' },
        y: { distinguishedName: 'UID=x1' },
        z: { distinguishedName: 'UID=y1' },
      },
      archives: {
        a: { owner: 'a', messages: 2 },
        b: { owner: 'b', messages: 1 },
        x: { owner: 'x', messages: 3 },
      },
    },
  },
  {
    rule: 'by DN: the next hire gets the name of a user who was renamed, and starts with nothing',
    before: { users: { smith: ada }, archives: { smith: { owner: 'smith', messages: 5 } } },
    listing: [listed('jones', ada), listed('smith', bob)],
    plan: ['create smith', 'rename smith to jones'],
    after: {
      users: { jones: ada, smith: bob },
      archives: { jones: { owner: 'jones', messages: 5 }, smith: { owner: 'smith' } },
    },
  },
  {
    rule: 'by DN: in doubt when full name and addresses both differ, and both sides are left alone',
    before: { users: { a: ada, b: bob } },
    listing: [listed('a', { ...cleo, distinguishedName: 'UID=1' }), listed('b', bob)],
    plan: ['doubt a: contradictsName a'],
  },
  {
    rule: 'by DN: a script that is off by one row mixes nobody up',
    before: { users: { a: ada, b: bob, c: cleo } },
    listing: [
      listed('a', { ...ada, distinguishedName: 'UID=2' }),
      listed('b', { ...bob, distinguishedName: 'UID=3' }),
      listed('c', { ...cleo, distinguishedName: 'UID=1' }),
    ],
    plan: ['doubt a: contradictsName a b', 'doubt b: contradictsName b c', 'doubt c: contradictsName a c'],
  },
  {
    rule: 'by DN: a DN used again for somebody else after its user was gone is in doubt',
    before: { users: { a: { ...ada, gone: true, privileges: ['admin'] }, z: {} } },
    listing: [{ userName: 'new', distinguishedName: 'UID=1', fullName: 'Ian Intern' }, { userName: 'z' }],
    plan: ['doubt new: contradictsDn a'],
  },
  {
    rule: 'by DN: one that two entries have says nothing, also when one is out of scope or skipped',
    before: {
      users: {
        a: { distinguishedName: 'UID=1' },
        p: { distinguishedName: 'UID=2' },
        q: { distinguishedName: 'UID=3' },
      },
    },
    listing: [
      { userName: 'b', distinguishedName: 'UID=1' },
      { userName: 'c', distinguishedName: 'UID=1' },
      { userName: 'r', distinguishedName: 'UID=2' },
      { userName: 'out', distinguishedName: 'UID=2' },
      { userName: 's', distinguishedName: 'UID=3' },
      { userName: 'bad', distinguishedName: 'UID=3', fullName: 7 },
    ],
    settings: { scope: { include: [], exclude: [{ userName: 'out' }] } },
    plan: [
      'doubt b: contradictsDn a',
      'doubt c: contradictsDn a',
      'doubt r: contradictsDn p',
      'doubt s: contradictsDn q',
      'skipped 6 bad: wrongType',
    ],
  },
  {
    rule: 'by name: whoever is the same in every member is asked nothing, also where two have one DN',
    before: {
      users: { a: { distinguishedName: 'UID=1', fullName: 'Ada' }, b: { distinguishedName: 'UID=1' } },
    },
    listing: [
      { userName: 'a', distinguishedName: 'uid=1', fullName: 'Ada' },
      { userName: 'b', distinguishedName: 'UID=1', fullName: 'Bob' },
    ],
    plan: ['doubt b: contradictsName b'],
  },
  {
    rule: '--same: means the user who has the name, where several have the DN',
    before: { users: { a: { distinguishedName: 'UID=1' }, b: { distinguishedName: 'UID=1' } } },
    listing: [
      { userName: 'a', distinguishedName: 'UID=1', fullName: 'Ada' },
      { userName: 'b', distinguishedName: 'UID=1', fullName: 'Bob' },
    ],
    settings: same('*'),
    plan: ['update a by same', 'update b by same'],
    after: {
      users: {
        a: { distinguishedName: 'UID=1', fullName: 'Ada' },
        b: { distinguishedName: 'UID=1', fullName: 'Bob' },
      },
    },
  },
  {
    rule: 'by name: a directory that lists names alone works as in MailStore',
    before: { users: people('a', 'b') },
    listing: [{ userName: 'A' }, { userName: 'c' }],
    plan: ['create c', 'delete b'],
    after: { users: people('a', 'c') },
  },
  {
    rule: 'by name: an admin who left, and an intern who gets the name, are in doubt',
    before: { users: { boss: { ...ada, privileges: ['admin'], gone: true }, z: {} } },
    listing: [listed('boss', { distinguishedName: 'UID=9', fullName: 'Ian Intern' }), { userName: 'z' }],
    plan: ['doubt boss: contradictsName boss'],
  },
  {
    rule: 'by name: a marriage that changes full name and addresses is no doubt where the DN is the same',
    before: { users: { ada: { ...ada, distinguishedName: 'UID=1' }, z: {} } },
    listing: [
      listed('ada', { ...ada, fullName: 'Ada Baker', emailAddresses: ['ada.b@x', 'ada@x'] }),
      { userName: 'z' },
    ],
    plan: ['update ada'],
    after: { users: { ada: { ...ada, fullName: 'Ada Baker', emailAddresses: ['ada.b@x', 'ada@x'] }, z: {} } },
  },
  {
    rule: 'by name: what only repeats the name proves nothing',
    before: {
      users: {
        jdoe: { distinguishedName: 'UID=jdoe,OU=a', fullName: 'John Doe', emailAddresses: ['jdoe@x'] },
        z: {},
      },
    },
    listing: [
      {
        userName: 'jdoe',
        distinguishedName: 'UID=jdoe,OU=b',
        fullName: 'Jane Doe',
        emailAddresses: ['jdoe@x'],
      },
      { userName: 'z' },
    ],
    plan: ['doubt jdoe: contradictsName jdoe'],
  },
  {
    rule: 'by DN again: when the other who had it was found by name',
    before: {
      users: {
        john: { distinguishedName: 'UID=john', fullName: 'John Doe' },
        j2: { distinguishedName: 'UID=john' },
      },
    },
    listing: [
      { userName: 'john', distinguishedName: 'UID=5', fullName: 'John Doe' },
      { userName: 'j3', distinguishedName: 'UID=john' },
    ],
    plan: ['rename j2 to j3', 'update john'],
    after: {
      users: {
        john: { distinguishedName: 'UID=5', fullName: 'John Doe' },
        j3: { distinguishedName: 'UID=john' },
      },
    },
  },
  {
    rule: 'taken: a renamed user keeps the old name while an integrated one stands there, and gets the rest',
    before: { users: { a: ada, b: { authentication: 'integrated' } } },
    listing: [listed('b', { ...ada, fullName: 'Ada B' })],
    plan: ['update a', 'nameTaken a (b: integrated)'],
    after: { users: { a: { ...ada, fullName: 'Ada B' }, b: { authentication: 'integrated' } } },
  },
  {
    rule: 'taken: and so on along a chain, while a newcomer to the last name is not created',
    before: { users: { a: ada, b: bob, c: { gone: true } } },
    listing: [listed('b', ada), listed('c', bob), listed('a', cleo)],
    settings: keep,
    plan: ['nameTaken a (b: user)', 'nameTaken a (a: user)', 'nameTaken b (c: user)', 'gone c'],
  },
  {
    rule: 'taken: and along a chain that an archive is part of',
    before: {
      users: { a: ada, c: bob, d: cleo, i: { authentication: 'integrated' } },
      archives: { x: { owner: 'a' } },
    },
    listing: [listed('i', ada), listed('x', bob), listed('c', cleo)],
    plan: ['nameTaken a (i: integrated)', 'nameTaken c (x: archive)', 'nameTaken d (c: user)'],
  },
  {
    rule: 'taken: with renames off everybody keeps the name, and all else is copied',
    before: { users: { a: ada } },
    listing: [listed('b', { ...ada, emailAddresses: ['ada@x', 'b@x'] })],
    settings: options({ renames: false }),
    plan: ['update a', 'nameTaken a (b: renamesOff)'],
    after: { users: { a: { ...ada, emailAddresses: ['ada@x', 'b@x'] } } },
  },
  {
    rule: 'aside: an archive without an owner at the new name makes way, with its mail',
    before: {
      users: { a: ada, c: bob, z: {} },
      archives: {
        a: { owner: 'a', messages: 1 },
        b: { owner: null, messages: 2, access: { z: ['read'] } },
        [aside('b')]: { owner: null, messages: 1 },
        d: { owner: null },
      },
    },
    listing: [listed('b', ada), listed('d', bob), { userName: 'z' }],
    plan: [`rename a to b (b (until ${today}, 2) setAside, 2)`, 'rename c to d (d deleted, 0)'],
    after: {
      users: { b: ada, d: bob, z: {} },
      archives: {
        b: { owner: 'b', messages: 1 },
        [aside('b')]: { owner: null, messages: 1 },
        [`b (until ${today}, 2)`]: { owner: null, messages: 2, access: { z: ['read'] } },
      },
    },
  },
  {
    rule: 'aside: under a name that no user has or gets, either',
    before: {
      users: { a: ada, c: bob, [aside('B')]: {} },
      archives: {
        B: { owner: null, messages: 1 },
        D: { owner: null, messages: 1 },
        x: { owner: aside('B') },
      },
    },
    listing: [listed('b', ada), listed('d', bob), { userName: aside('b') }, { userName: aside('d') }],
    plan: [
      `create ${aside('d')}`,
      `rename a to b (B (until ${today}, 2) setAside, 1)`,
      `rename c to d (D (until ${today}, 2) setAside, 1)`,
    ],
    after: {
      users: { b: ada, [aside('B')]: {}, d: bob, [aside('d')]: {} },
      archives: {
        [`B (until ${today}, 2)`]: { owner: null, messages: 1 },
        [`D (until ${today}, 2)`]: { owner: null, messages: 1 },
        x: { owner: aside('B') },
      },
    },
  },
  {
    rule: 'aside: or while a newcomer gets the name of it',
    before: { users: { x: { gone: true }, z: {} }, archives: { new: { owner: 'x', messages: 1 } } },
    listing: [{ userName: 'new' }, { userName: 'z' }],
    plan: ['create new', `delete x (${aside('new')} setAside, 1)`],
    after: {
      users: people('new', 'z'),
      archives: { [aside('new')]: { owner: null, messages: 1, lastOwner: was('x', {}) } },
    },
  },
  {
    rule: 'aside: only for an archive; a user who has none brings none to the new name',
    before: {
      users: { a: ada, b: { gone: true } },
      archives: { a: { owner: null }, b: { owner: 'b', messages: 2 } },
    },
    listing: [listed('b', ada)],
    plan: ['rename a to b', 'delete b (b kept, 2)'],
    after: {
      users: { b: ada },
      archives: { a: { owner: null }, b: { owner: null, messages: 2, lastOwner: was('b', {}) } },
    },
  },
  {
    rule: 'aside: so does the archive of a user who leaves while somebody else is renamed to the name',
    before: { users: { a: ada, b: { gone: true } }, archives: { b: { owner: 'b', messages: 2 } } },
    listing: [listed('b', ada)],
    plan: ['rename a to b', `delete b (${aside('b')} setAside, 2)`],
    after: {
      users: { b: ada },
      archives: { [aside('b')]: { owner: null, messages: 2, lastOwner: was('b', {}) } },
    },
  },
];

const answered: Case[] = [
  {
    rule: '--same: the same person, who is updated, or renamed',
    before: { users: { boss: { ...ada, privileges: ['admin'] }, c: { ...cleo, gone: true } } },
    listing: [listed('boss', bob), listed('d', { distinguishedName: 'UID=3', fullName: 'Dora Dean' })],
    settings: same('BOSS', 'd'),
    plan: ['rename c to d by same', 'update boss by same'],
    after: {
      users: {
        boss: { ...bob, privileges: ['admin'] },
        d: { distinguishedName: 'UID=3', fullName: 'Dora Dean' },
      },
    },
  },
  {
    rule: '--new: another person, who starts with nothing; also where deletion is off',
    before: {
      users: { smith: { ...ada, privileges: ['export'] }, z: {} },
      archives: { smith: { owner: 'smith', messages: 2, access: { smith: ['read'], z: ['read'] } } },
    },
    listing: [listed('smith', bob), { userName: 'z' }],
    settings: { ...keep, ...other('smith') },
    plan: ['create smith by new', `delete smith by new (${aside('smith')} setAside, 2)`],
    after: {
      users: { smith: bob, z: {} },
      archives: {
        smith: { owner: 'smith' },
        [aside('smith')]: { owner: null, messages: 2, access: { z: ['read'] }, lastOwner: was('smith', ada) },
      },
    },
  },
  {
    rule: '--new: also of what stood without an owner, where takeOver is always',
    before: {
      users: { smith: ada, z: {} },
      archives: { other: { owner: 'smith', messages: 2 }, smith: { owner: null, messages: 1 } },
    },
    listing: [listed('smith', bob), { userName: 'z' }],
    settings: { ...options({ takeOver: 'always' }), ...other('smith') },
    plan: [
      `create smith by new (${aside('smith')} setAside, 1)`,
      `delete smith by new (${aside('other')} setAside, 2)`,
    ],
    after: {
      users: { smith: bob, z: {} },
      archives: {
        [aside('smith')]: { owner: null, messages: 1 },
        [aside('other')]: { owner: null, messages: 2, lastOwner: was('smith', ada) },
      },
    },
  },
  {
    rule: '--new: others who may be meant go on as if the entry were not theirs',
    before: { users: { a: { distinguishedName: 'UID=1' } } },
    listing: [
      { userName: 'b', distinguishedName: 'UID=1' },
      { userName: 'c', distinguishedName: 'UID=1' },
    ],
    settings: other('c'),
    plan: ['create c by new', 'rename a to b'],
    after: { users: { b: { distinguishedName: 'UID=1' }, c: { distinguishedName: 'UID=1' } } },
  },
  {
    rule: 'a pattern stands for all whom its answer can settle; who is named stands apart from it',
    before: {
      users: {
        a: { fullName: 'Αδα' },
        b: { fullName: 'Βοβ' },
        c: { fullName: 'Κλεο' },
        d: { fullName: 'Dora' },
      },
    },
    listing: [
      { userName: 'a', fullName: 'Ada' },
      { userName: 'b', fullName: 'Bob' },
      { userName: 'c', fullName: 'Cleo' },
      { userName: 'd', fullName: 'Dora' },
    ],
    settings: { answers: { same: ['*'], new: ['c'] } },
    plan: ['create c by new', 'update a by same', 'update b by same', 'delete c by new'],
    after: {
      users: {
        a: { fullName: 'Ada' },
        b: { fullName: 'Bob' },
        c: { fullName: 'Cleo' },
        d: { fullName: 'Dora' },
      },
    },
  },
  {
    rule: 'a pattern leaves out whoever may be one of several',
    before: {
      users: {
        ...{ a: { distinguishedName: 'UID=1' }, b: { distinguishedName: 'UID=1' } },
        c: { fullName: 'Ada' },
      },
    },
    listing: [
      { userName: 'x', distinguishedName: 'UID=1' },
      { userName: 'c', fullName: 'Zoe' },
    ],
    settings: same('*'),
    plan: ['update c by same', 'doubt x: contradictsDn a b'],
    after: {
      users: {
        ...{ a: { distinguishedName: 'UID=1' }, b: { distinguishedName: 'UID=1' } },
        c: { fullName: 'Zoe' },
      },
    },
  },
  {
    rule: 'a pattern settles whom it covers, also where another in doubt may be the same user',
    before: { users: { a: { distinguishedName: 'UID=1' } } },
    listing: [
      { userName: 'a', distinguishedName: 'UID=1', fullName: 'Ada' },
      { userName: 'x', distinguishedName: 'UID=1' },
    ],
    settings: same('a*'),
    plan: ['create x', 'update a by same'],
    after: {
      users: {
        a: { distinguishedName: 'UID=1', fullName: 'Ada' },
        x: { distinguishedName: 'UID=1' },
      },
    },
  },
  {
    rule: 'a pattern leaves out an admin, whom --new cannot delete',
    before: { users: { boss: { fullName: 'Ada', privileges: ['admin'] }, smith: { fullName: 'Bob' } } },
    listing: ['boss', 'smith'].map((userName) => ({ userName, fullName: 'Zoe' })),
    settings: other('*'),
    plan: ['create smith by new', 'delete smith by new', 'doubt boss: contradictsName boss'],
    after: { users: { boss: { fullName: 'Ada', privileges: ['admin'] }, smith: { fullName: 'Zoe' } } },
  },
  {
    rule: 'a name that is listed is no pattern, also with a * in it; a pattern knows no other sign',
    before: {
      users: {
        ...{ 'a*': { fullName: 'Ada' }, ab: { fullName: 'Bob' } },
        ...{ c_1: { fullName: 'Cleo' }, cd1: { fullName: 'Dora' } },
      },
    },
    listing: ['a*', 'ab', 'c_1', 'cd1'].map((userName) => ({ userName, fullName: 'Zoe' })),
    settings: same('a*', 'c_*'),
    plan: [
      ...['update a* by same', 'update c_1 by same'],
      ...['doubt ab: contradictsName ab', 'doubt cd1: contradictsName cd1'],
    ],
    after: {
      users: {
        ...{ 'a*': { fullName: 'Zoe' }, ab: { fullName: 'Bob' } },
        ...{ c_1: { fullName: 'Zoe' }, cd1: { fullName: 'Dora' } },
      },
    },
  },
];

const skipped: Case[] = [
  {
    rule: 'a bad entry is skipped and its user left as they are, the others go on',
    before: { users: { anna: { fullName: 'Anna' }, bert: {}, dora: {} } },
    listing: [{ userName: 'anna', emailAddresses: 'a@x' }, { userName: 'carl' }, { userName: 'dora' }],
    plan: ['create carl', 'delete bert', 'skipped 1 anna: wrongType'],
    after: { users: { anna: { fullName: 'Anna' }, carl: {}, dora: {} } },
  },
  {
    rule: 'while a name or a DN cannot be read, nobody is deleted; renames go on',
    before: { users: { a: ada, bert: {}, carl: {} } },
    listing: [{ fullName: 'nobody' }, listed('b', ada), { userName: 'carl', distinguishedName: 7 }],
    plan: ['rename a to b', 'unsure bert', 'skipped 1 ?: missing', 'skipped 3 carl: wrongType'],
    after: { users: { b: ada, bert: { gone: true }, carl: {} } },
  },
  {
    rule: 'a bad entry may be a renamed user: whoever has its DN is left alone, also with renames off',
    before: {
      users: {
        'anna.smith': { distinguishedName: 'UID=1,DC=x' },
        bert: { distinguishedName: 'UID=2' },
        z: {},
      },
    },
    listing: [
      { userName: 'anna.jones', distinguishedName: 'uid=1, dc=x', emailAddresses: 'a@x' },
      { userName: 'z' },
    ],
    settings: options({ renames: false }),
    plan: ['delete bert', 'unsure anna.smith', 'skipped 1 anna.jones: wrongType'],
    after: { users: { 'anna.smith': { distinguishedName: 'UID=1,DC=x' }, z: {} } },
  },
  {
    rule: 'a name that is listed very often costs one short reason for each entry',
    before: {},
    listing: Array.from({ length: 7 }, (_, i) => ({ userName: 'same', fullName: `${i}` })),
    plan: Array.from({ length: 7 }, (_, i) => `skipped ${i + 1} same: repeated`),
    after: {},
  },
  {
    rule: 'two entries of one name that differ are both skipped; two that are the same are one',
    before: { users: { anna: { fullName: 'Anna' }, z: {} } },
    listing: [
      { userName: 'anna', fullName: 'One' },
      { userName: 'bert', emailAddresses: ['B@x', 'b@X'], distinguishedName: 'uid=b' },
      { userName: 'ANNA', fullName: 'Two' },
      { userName: 'Bert', emailAddresses: ['b@x'], distinguishedName: 'UID = b' },
      { userName: 'z' },
    ],
    plan: ['create Bert', 'skipped 1 anna: repeated', 'skipped 3 ANNA: repeated'],
    after: {
      users: {
        anna: { fullName: 'Anna' },
        // The spelling that comes first by code point.
        Bert: { emailAddresses: ['b@x'], distinguishedName: 'UID = b' },
        z: {},
      },
    },
  },
  {
    rule: 'a good entry is doubtful when a bad one has the same name',
    before: { users: people('anna', 'z') },
    listing: [{ userName: 'anna', fullName: 'New' }, { userName: 'anna', fullName: 7 }, { userName: 'z' }],
    plan: ['skipped 1 anna: repeated', 'skipped 2 anna: wrongType'],
  },
  {
    rule: 'a name is doubtful only for those in scope, and keeps nobody else from being deleted',
    before: {
      users: {
        anna: { fullName: 'Anna', emailAddresses: ['a@in'] },
        carl: {},
        z: { emailAddresses: ['z@in'] },
      },
    },
    listing: [
      { userName: 'anna', fullName: 'Another', emailAddresses: ['a@out'] },
      { userName: 'anna', fullName: 'Anna', emailAddresses: ['a@in'] },
      { userName: 'anna', fullName: 'Anna', emailAddresses: ['a@in'] },
      { userName: 'bert', fullName: 'One', emailAddresses: ['b@in'] },
      { userName: 'bert', fullName: 'Two', emailAddresses: ['b@in'] },
      { userName: 'bert', fullName: 'Three', emailAddresses: ['b@out'] },
      { userName: 'z', emailAddresses: ['z@in'] },
    ],
    settings: { scope: { include: [{ emailDomain: 'in' }], exclude: [] } },
    plan: ['delete carl', 'skipped 4 bert: repeated', 'skipped 5 bert: repeated'],
    after: {
      users: { anna: { fullName: 'Anna', emailAddresses: ['a@in'] }, z: { emailAddresses: ['z@in'] } },
    },
  },
  {
    rule: 'a DN that cannot be read may be anybody’s, also when its name stands twice',
    before: { users: people('anna', 'bert', 'z') },
    listing: [{ userName: 'anna', distinguishedName: 7 }, { userName: 'anna' }, { userName: 'z' }],
    plan: ['unsure bert', 'skipped 1 anna: wrongType', 'skipped 2 anna: repeated'],
    after: { users: { anna: {}, bert: { gone: true }, z: {} } },
  },
  {
    rule: 'two entries that are the same but for the spelling are one, whichever comes first',
    before: {},
    listing: [
      { userName: 'anna', distinguishedName: 'uid=a', emailAddresses: ['a@x'] },
      { userName: 'anna', distinguishedName: 'UID=a', emailAddresses: ['A@x'] },
      { userName: 'bert', emailAddresses: ['b@x'] },
      { userName: 'bert', emailAddresses: ['B@x'] },
      { userName: 'carl', distinguishedName: 'uid=c', emailAddresses: ['C@x'] },
      { userName: 'carl', distinguishedName: 'UID=c', emailAddresses: ['c@x'] },
      { userName: 'dora', emailAddresses: ['d@x'] },
      { userName: 'dora', emailAddresses: ['d@y'] },
    ],
    plan: [
      ...['create anna', 'create bert', 'create carl'],
      ...['skipped 7 dora: repeated', 'skipped 8 dora: repeated'],
    ],
    after: {
      users: {
        anna: { distinguishedName: 'UID=a', emailAddresses: ['A@x'] },
        bert: { emailAddresses: ['B@x'] },
        carl: { distinguishedName: 'UID=c', emailAddresses: ['c@x'] },
      },
    },
  },
  {
    rule: 'the catch-all archive is nobody’s, and an entry of that name keeps nobody from being deleted',
    before: { users: people('anna', 'bert'), archives: { '@catchall': { owner: null, messages: 1 } } },
    listing: [anna, { userName: '@CatchAll' }],
    plan: ['delete bert', 'skipped 2 @CatchAll: reserved'],
    after: { users: people('anna'), archives: { '@catchall': { owner: null, messages: 1 } } },
  },
];

const remarks: Case[] = [
  {
    rule: 'remarks: an address that goes to somebody else, or to both; a newcomer who may be somebody gone',
    before: {
      users: {
        ada: { ...ada, emailAddresses: ['info@x'] },
        bob: { ...bob, gone: true },
        root: { authentication: 'integrated', emailAddresses: ['root@x'] },
      },
    },
    listing: [
      listed('ada', { ...ada, emailAddresses: ['ada@x'] }),
      { userName: 'b2', fullName: 'bob baker', emailAddresses: ['Info@x', 'root@x'] },
    ],
    settings: keep,
    plan: ['create b2', 'update ada', 'gone bob', 'remark sharedAddress 2', 'remark maybeSamePerson 1'],
    after: {
      users: {
        ada: { ...ada, emailAddresses: ['ada@x'] },
        b2: { fullName: 'bob baker', emailAddresses: ['Info@x', 'root@x'] },
        bob: { ...bob, gone: true },
        root: { authentication: 'integrated', emailAddresses: ['root@x'] },
      },
    },
  },
  {
    rule: 'remarks: an address that two newcomers get; one that two had before is no news',
    before: { users: { ada: { emailAddresses: ['info@x'] }, bea: { emailAddresses: ['info@x'] } } },
    listing: [
      { userName: 'ada', emailAddresses: ['info@x'] },
      { userName: 'bea', emailAddresses: ['info@x'], fullName: 'Bea' },
      { userName: 'n1', emailAddresses: ['team@bücher.example'] },
      { userName: 'n2', emailAddresses: ['team@bücher.example'] },
    ],
    plan: ['create n1', 'create n2', 'update bea', 'remark sharedAddress 1'],
    after: {
      users: {
        ada: { emailAddresses: ['info@x'] },
        bea: { emailAddresses: ['info@x'], fullName: 'Bea' },
        n1: { emailAddresses: ['team@bücher.example'] },
        n2: { emailAddresses: ['team@bücher.example'] },
      },
    },
  },
  {
    rule: 'remarks: a newcomer who may be somebody in doubt, once; not one who is another person by --new',
    before: { users: { boss: ada, smith: cleo } },
    listing: [
      listed('boss', bob),
      listed('ada2', { ...ada, distinguishedName: null }),
      { userName: 'ada3', fullName: 'ADA ABLE' },
      listed('smith', { distinguishedName: 'UID=9', fullName: 'Ian Intern', emailAddresses: ['cleo@x'] }),
    ],
    settings: other('smith'),
    plan: [
      ...['create ada2', 'create ada3', 'create smith by new', 'delete smith by new'],
      ...['doubt boss: contradictsName boss', 'remark sharedAddress 2', 'remark maybeSamePerson 2'],
    ],
    after: {
      users: {
        ada2: { ...ada, distinguishedName: null },
        ada3: { fullName: 'ADA ABLE' },
        boss: ada,
        smith: { distinguishedName: 'UID=9', fullName: 'Ian Intern', emailAddresses: ['cleo@x'] },
      },
    },
  },
  {
    rule: 'remarks: what is no plain address is kept as it is listed, and reported once',
    before: { users: { a: { emailAddresses: ['SMTP:a@x'] } } },
    listing: [
      { userName: 'a', emailAddresses: ['SMTP:a@x'] },
      { userName: 'b', emailAddresses: ['B <b@x>', 'b@x, c@x', 'none', 'b@x.'] },
    ],
    plan: ['create b', 'remark oddAddress 5'],
    after: {
      users: {
        a: { emailAddresses: ['SMTP:a@x'] },
        b: { emailAddresses: ['B <b@x>', 'b@x, c@x', 'none', 'b@x.'] },
      },
    },
  },
];

export const cases: Case[] = [
  ...copied,
  ...gone,
  ...archives,
  ...whoIsWho,
  ...answered,
  ...skipped,
  ...remarks,
];
