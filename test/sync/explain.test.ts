import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Explained, Explanation, QueryKind } from '../../src/core/explained.ts';
import { protocolMembers } from '../../src/core/members.ts';
import { keyOf } from '../../src/core/names.ts';
import type { ScopeRules } from '../../src/core/scope.ts';
import type { Store } from '../../src/database/store.ts';
import { openDirectory } from '../../src/directory/open-directory.ts';
import { explainPeople } from '../../src/sync/explain-people.ts';
import { sync } from '../../src/sync/run.ts';
import { Directory } from '../servers/directory.ts';
import { directorySettings, linesOf, noAnswers, noLimits, runSync, type Overrides } from '../support/run.ts';
import { put, read, type State } from '../support/state.ts';
import { newStore, thinned } from '../support/stores.ts';
import { cases } from './cases.ts';

let store: Store;
let directory: Directory;
let remove: () => Promise<void>;

beforeAll(async () => {
  directory = await Directory.start();
  ({ store, remove } = await newStore('postgres'));
});
afterAll(async () => {
  await directory.stop();
  await remove();
});

async function ask(
  text: string,
  by: QueryKind | null = null,
  overrides: Overrides = {},
  checksPasswords = true,
): Promise<Explained> {
  const settings = {
    members: protocolMembers,
    scope: { include: [], exclude: [] } as ScopeRules,
    options: { deleteUsers: true, renames: true, takeOver: 'agreed' as const },
    acceptMissing: [],
    limits: noLimits,
    defaultPrivileges: { user: ['login'], archive: ['read'] },
    version: '0.0.0',
    ...overrides,
    answers: noAnswers,
  };
  let found = null as Explained | null;
  const { signal } = new AbortController();
  const scopeLines = {
    include: settings.scope.include.map((_, i) => 10 + i),
    exclude: settings.scope.exclude.map((_, i) => 20 + i),
  };
  const asked = {
    ...settings,
    scopeLines,
    query: { text, by },
    checksPasswords,
    loginWhileGone: true,
    signal,
  };
  const look: NonNullable<Parameters<typeof sync>[4]['look']> = async (db, listing, result) => {
    found = await explainPeople(db, listing, result, asked);
  };
  const observer = { look, plan: () => Promise.resolve() };
  await sync(settings, openDirectory(directorySettings(directory.url)), store, false, observer, signal);
  if (found === null) throw new Error('nobody looked');
  return found;
}

/** An explanation in one line: the entry, the stored user, the rule, who it is taken for, and what the next run does. */
const lineOf = ({ entry, user, identity, next }: Explanation) =>
  [
    `${entry?.number ?? '-'} ${user?.userName ?? '-'}: ${identity.rule}`,
    identity.userName === null ? '' : ` = ${identity.userName}`,
    ...linesOf(next.items).map((line) => `; ${line}`),
  ].join('');

interface Told {
  what: string;
  before?: State;
  listing?: unknown[];
  settings?: Overrides;
  /** Query and what is told; a query may say what it is: `dn:UID=1`. */
  told: Record<string, string[]>;
}

const ada = { distinguishedName: 'UID=1', fullName: 'Ada Able', emailAddresses: ['ada@x'] };
const bob = { distinguishedName: 'UID=2', fullName: 'Bob Baker', emailAddresses: ['bob@x'] };
const anna = { userName: 'anna' };
const aside = (name: string) => `${name} (until ${new Date().toISOString().slice(0, 10)})`;
const was = (userName: string, person: typeof ada) => ({ userName, ...person });

const stories: Told[] = [
  {
    what: 'an entry that equals its user, in any spelling of the query',
    before: { users: { anna: {}, Zoë: { ...ada, emailAddresses: ['a@bücher.example'] } } },
    listing: [
      anna,
      { ...ada, userName: 'zoë', distinguishedName: 'uid = 1', emailAddresses: ['A@xn--bcher-kva.example'] },
    ],
    told: {
      ' ANNA ': ['1 anna: equal = anna'],
      'zoe\u0308': ['2 Zoë: equal = Zoë'],
      'UID = 1': ['2 Zoë: equal = Zoë'],
      'a@BÜCHER.example': ['2 Zoë: equal = Zoë'],
      'a@xn--bcher-kva.example': ['2 Zoë: equal = Zoë'],
      'dn:uid=1': ['2 Zoë: equal = Zoë'],
      'name:uid=1': [],
      'address:zoë': [],
      'name:zoë': ['2 Zoë: equal = Zoë'],
      nobody: [],
    },
  },
  {
    what: 'by DN, asked by the old name and by the new one; the newcomer has the old name',
    before: { users: { smith: ada }, archives: { smith: { owner: 'smith', messages: 5 } } },
    listing: [
      { userName: 'smith', ...bob },
      { userName: 'jones', ...ada },
    ],
    told: {
      smith: ['1 -: new; create smith', '2 smith: byDn = smith; rename smith to jones'],
      jones: ['2 smith: byDn = smith; rename smith to jones'],
      'UID=1': ['2 smith: byDn = smith; rename smith to jones'],
    },
  },
  {
    what: 'by name, and by DN again when the other who had it was found by name',
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
    told: {
      john: ['1 john: byName = john; update john'],
      j3: ['2 j2: byDnAgain = j2; rename j2 to j3'],
      'UID=john': ['1 john: byName = john; update john', '2 j2: byDnAgain = j2; rename j2 to j3'],
    },
  },
  {
    what: 'doubts: of the name, of the DN, and of an archive',
    before: {
      users: {
        anna: ada,
        bert: { distinguishedName: 'UID=7', fullName: 'Bert', emailAddresses: ['bert@x'] },
        berta: { distinguishedName: 'UID=7', fullName: 'Berta', emailAddresses: ['berta@x'] },
      },
      archives: { carl: { owner: null, messages: 2, lastOwner: was('carl', bob) } },
    },
    listing: [
      { userName: 'anna', distinguishedName: 'UID=9', fullName: 'Zed' },
      { userName: 'new', distinguishedName: 'UID=7' },
      { userName: 'carl', fullName: 'Someone Else' },
    ],
    told: {
      anna: ['1 anna: doubt:contradictsName; doubt anna: contradictsName anna'],
      new: ['2 bert: doubt:contradictsDn; doubt new: contradictsDn bert berta'],
      berta: ['2 berta: doubt:contradictsDn; doubt new: contradictsDn bert berta'],
      carl: ['3 -: doubt:ownerlessArchive; doubt carl: ownerlessArchive carl'],
      'bob@x': ['3 -: doubt:ownerlessArchive; doubt carl: ownerlessArchive carl'],
    },
  },
  {
    what: 'taken names, and integrated users',
    before: {
      users: {
        root: { authentication: 'integrated' },
        hand: { authentication: 'integrated' },
        a: ada,
        b: {},
      },
      archives: { shared: { owner: 'b' } },
    },
    listing: [{ userName: 'ROOT' }, { userName: 'shared' }, { userName: 'Root2', ...ada }, { userName: 'b' }],
    settings: { options: { deleteUsers: true, renames: false, takeOver: 'agreed' } },
    told: {
      root: ['1 root: integrated; integrated root (ROOT: integrated)'],
      hand: ['- hand: integrated'],
      shared: ['2 -: nameTaken; nameTaken shared (shared: archive)', '4 b: equal = b'],
      a: ['3 a: byDn = a; nameTaken a (Root2: renamesOff)'],
    },
  },
  {
    what: 'who is gone: deleted, kept with mail, an admin',
    before: {
      users: { ...{ stays: {}, gone: bob }, boss: { ...ada, privileges: ['admin'] } },
      archives: { gone: { owner: 'gone', messages: 3 } },
    },
    listing: [{ userName: 'stays' }],
    told: {
      'bob@x': ['- gone: absent; delete gone (gone kept, 3)'],
      boss: ['- boss: absent; admin boss'],
    },
  },
  {
    what: 'what is left of somebody: an archive, found by its name or by its last owner',
    before: {
      users: { anna: {} },
      archives: {
        ada: { owner: null, messages: 1, lastOwner: was('ada', ada) },
        [aside('anna')]: { owner: null, messages: 2, lastOwner: was('anna', bob) },
        '@catchall': { owner: null },
      },
    },
    listing: [anna],
    told: {
      ada: ['- -: formerOwner'],
      'ada@x': ['- -: formerOwner'],
      'uid=1': ['- -: formerOwner'],
      [aside('anna')]: ['- -: formerOwner'],
      anna: ['1 anna: equal = anna'],
      '@catchall': ['- -: formerOwner'],
    },
  },
  {
    what: 'an archive that its last owner takes over',
    before: { archives: { ada: { owner: null, messages: 1, lastOwner: was('ada', ada) } } },
    listing: [was('ada', ada)],
    told: { ada: ['1 -: new; create ada (ada takenOver, 1)'] },
  },
  {
    what: 'two entries with one address, and an entry that is listed twice',
    before: { users: { anna: { emailAddresses: ['info@x'] }, bert: {} } },
    listing: [
      { userName: 'anna', emailAddresses: ['info@x'] },
      { userName: 'eve', emailAddresses: ['INFO@x'] },
      { userName: 'bert' },
      { userName: 'bert' },
    ],
    told: {
      'info@x': ['1 anna: equal = anna', '2 -: new; create eve'],
      bert: ['3 bert: equal = bert', '4 bert: equal = bert'],
    },
  },
  {
    what: 'the scope: excluded by name and by branch, not included, unclear',
    before: { users: { ex: {}, moved: ada, vague: bob, out: {} } },
    listing: [
      { userName: 'ex' },
      { userName: 'moved2', ...ada },
      { userName: 'vague', emailAddresses: ['v@x'] },
      { userName: 'other', distinguishedName: 'UID=4' },
      { userName: 'in', distinguishedName: 'UID=5,OU=Staff' },
    ],
    settings: {
      scope: {
        include: [{ userName: 'nobody' }, { under: 'OU=Staff' }, { userName: 'ex' }, { userName: 'moved2' }],
        exclude: [{ userName: 'ex' }, { userName: 'moved*' }],
      },
    },
    told: {
      ex: ['1 ex: outOfScope; delete ex'],
      moved: ['2 moved: outOfScope; delete moved'],
      vague: ['3 vague: skipped; skipped 3 vague: scopeUnclear'],
      other: ['4 -: outOfScope'],
      in: ['5 -: new; create in'],
    },
  },
  {
    what: 'one whose directory writes to the same name twice, and differs',
    before: { users: { anna: {} } },
    listing: [anna, { userName: 'Anna', fullName: 'B' }],
    told: {
      anna: ['1 anna: skipped; skipped 1 anna: repeated', '2 anna: skipped; skipped 2 Anna: repeated'],
    },
  },
];

describe('everybody whom a query means is explained', () => {
  test.each(stories)('$what', async ({ before = {}, listing = [], settings = {}, told }) => {
    await put(store, before);
    const untouched = await read(store);
    directory.lists(listing);
    for (const [query, lines] of Object.entries(told)) {
      const [, kind, text = query] = /^(name|dn|address):(.*)$/.exec(query) ?? [];
      for (const stageAll of [false, true]) {
        const found = await ask(text, (kind ?? null) as QueryKind | null, { ...settings, stageAll });
        expect([query, ...found.explanations.map(lineOf)]).toEqual([query, ...lines]);
      }
    }
    expect(await read(store)).toEqual(untouched);
  });
});

describe('an entry that is skipped is found by what it says', () => {
  const reasons: [string, unknown, string[]][] = [
    ['missing', { emailAddresses: ['a@x'] }, ['a@x']],
    ['reserved', { userName: '@catchall' }, ['@catchall']],
    ['wrongType', { userName: 7, distinguishedName: 'UID=7' }, ['7', 'UID=7']],
    ['wrongType', { userName: 'anna', emailAddresses: 'a@x' }, ['anna', 'a@x']],
    ['tooLong', { userName: 'x'.repeat(300), emailAddresses: ['a@x'] }, ['x'.repeat(300), 'a@x']],
    ['tooMany', { userName: 'anna', emailAddresses: Array(1_001).fill('a@x') }, ['anna', 'a@x']],
    ['nul', { userName: 'anna', fullName: 'a\0' }, ['anna']],
    ['loneSurrogate', { userName: 'anna', fullName: 'a\ud800' }, ['anna']],
    ['controlCharacter', { userName: 'anna', emailAddresses: ['a@x', 'b\u0007'] }, ['anna', 'a@x']],
  ];
  test.each(reasons)('%s: %j', async (code, element, queries) => {
    await put(store, { users: { anna: {} } });
    directory.lists([{ userName: 'other' }, element, 7]);
    for (const query of queries) {
      const [explanation, ...more] = (await ask(query)).explanations;
      expect(more).toEqual([]);
      expect(explanation).toMatchObject({
        entry: { number: 2, skipped: { code } },
        scope: null,
        identity: { rule: 'skipped', userName: null },
        next: { items: [{ type: 'skipped', number: 2, reason: { code } }] },
      });
    }
  });
});

test('the rule of the scope that decided is named by its place', async () => {
  const {
    before = {},
    listing = [],
    settings = {},
  } = stories.find(({ what }) => what.startsWith('the scope')) ?? {};
  await put(store, before);
  directory.lists(listing);
  const scopes = [];
  for (const name of ['ex', 'moved2', 'vague', 'other', 'in'])
    scopes.push((await ask(name, null, settings)).explanations[0]?.scope);
  expect(scopes).toEqual([
    { inScope: false, rule: 'scope.exclude[0]', line: 20 },
    { inScope: false, rule: 'scope.exclude[1]', line: 21 },
    { inScope: null, rule: 'scope.include[1]', line: 11 },
    { inScope: false, rule: null, line: null },
    { inScope: true, rule: 'scope.include[1]', line: 11 },
  ]);
});

test('raw members are kept, and cut where they are long', async () => {
  await put(store, {});
  const deep = { a: { a: { a: { a: { a: { a: 1 } } } } } };
  directory.lists([
    { userName: ' anna ', phone: '\u001b[31m', note: 'x'.repeat(5_000), ids: Array(500).fill(1), deep },
  ]);
  const { entry } = (await ask('anna')).explanations[0] ?? {};
  expect(entry).toMatchObject({
    raw: { userName: ' anna ', phone: '\u001b[31m' },
    read: { userName: 'anna' },
  });
  expect(JSON.stringify(entry?.raw).length).toBeLessThan(2_000);
});

test('evidence is shown exactly: an address of several entries does not count', async () => {
  await put(store, { users: { anna: { ...ada, emailAddresses: ['info@x'] } } });
  const entry = { userName: 'lena', ...ada, emailAddresses: ['info@x'] };
  directory.lists([entry]);
  const identity = async () => (await ask('lena')).explanations[0]?.identity;
  expect(await identity()).toMatchObject({ agrees: ['distinguishedName', 'fullName', 'emailAddresses'] });
  directory.lists([entry, { userName: 'eve', emailAddresses: ['info@x'] }]);
  expect(await identity()).toMatchObject({ agrees: ['distinguishedName', 'fullName'], differs: [] });
});

test('the archives, and who may read them', async () => {
  await put(store, {
    users: { anna: {}, bert: {} },
    archives: {
      anna: { owner: 'anna', messages: 2, access: { anna: ['read'], bert: ['read', 'write'] } },
      [aside('anna')]: { owner: null, messages: 1, lastOwner: was('anna', bob) },
    },
  });
  directory.lists([anna, { userName: 'bert' }]);
  const { archives } = (await ask('anna')).explanations[0] ?? {};
  expect(archives).toEqual([
    {
      ...{ name: 'anna', owner: 'anna', messages: 2, lastOwner: null },
      access: { anna: ['read'], bert: ['read', 'write'] },
    },
    { name: aside('anna'), owner: null, messages: 1, access: {}, lastOwner: was('anna', bob) },
  ]);
});

test('a login: who decides, or why it is rejected', async () => {
  await put(store, {
    users: {
      anna: {},
      boss: { privileges: ['admin'] },
      mute: { privileges: ['export'] },
      hand: { authentication: 'integrated' },
    },
  });
  directory.lists([anna, { userName: 'new' }]);
  const login = async (name: string, checksPasswords = true) =>
    (await ask(name, null, {}, checksPasswords)).explanations[0]?.login;
  expect(await login('anna')).toEqual({ accepted: true, reason: 'directory' });
  expect(await login('boss')).toEqual({ accepted: true, reason: 'directory' });
  expect(await login('anna', false)).toEqual({ accepted: false, reason: 'fileDirectory' });
  expect(await login('mute')).toEqual({ accepted: false, reason: 'noPrivilege' });
  expect(await login('hand')).toEqual({ accepted: false, reason: 'noPassword' });
  expect(await login('new')).toEqual({ accepted: false, reason: 'noUser' });
});

test('what happened so far, and that the next run is blocked', async () => {
  await put(store, {});
  for (const userName of ['anna', 'anne', 'anna']) {
    directory.lists([{ userName, ...ada }, ...[1, 2, 3].map((n) => ({ userName: `u${n}` }))]);
    await runSync(store, directory.url, 'now');
  }
  directory.lists([{ userName: 'anna', ...ada }]);
  const limits = { ...noLimits, deletions: { percent: null, atLeast: 0, count: 0 } };
  const [explanation] = (await ask('u1', null, { limits })).explanations;
  expect(explanation?.next).toMatchObject({
    blocks: [{ limit: 'deletions' }],
    items: [{ action: 'delete' }],
  });
  const { history = [] } = (await ask('anna')).explanations[0] ?? {};
  expect(history.map(({ action, userName, newName }) => [action, userName, newName])).toEqual([
    ['rename', 'anne', 'anna'],
    ['rename', 'anna', 'anne'],
    ['create', 'anna', null],
  ]);
});

test('of very many, the first are told, and how many more there are', async () => {
  const many = Array.from({ length: 150 }, (_, i) => ({ userName: `u${i}`, emailAddresses: ['info@x'] }));
  await put(store, {
    users: Object.fromEntries(many.slice(0, 120).map(({ userName, ...user }) => [userName, user])),
  });
  directory.lists(many);
  const { explanations, omitted, entries, users } = await ask('info@x');
  expect(explanations.length).toBeGreaterThanOrEqual(100);
  expect(explanations.filter(({ identity }) => identity.rule === 'absent')).toEqual([]);
  expect(explanations.length + omitted).toBe(150);
  expect({ entries, users }).toEqual({ entries: 150, users: 120 });
});

test.each(
  thinned(
    'postgres',
    cases.filter(({ settings }) => settings?.answers === undefined),
    3,
  ),
)('what is explained is what a test plans: $rule', async ({ before, listing, settings }) => {
  await put(store, before);
  directory.lists(listing);
  const { items } = await runSync(store, directory.url, 'test', settings);
  for (const item of items.slice(0, 12)) {
    if (item.type === 'remark' || item.userName === null) continue;
    const { explanations } = await ask(item.userName, 'name', settings);
    const theirs = explanations.filter(({ next }) => linesOf(next.items).includes(linesOf([item])[0] ?? ''));
    expect(theirs.flatMap(({ next }) => next.items)).toContainEqual(item);
    if (item.type !== 'change' || item.identity === null) continue;
    const rules = { distinguishedName: /^byDn/, name: /^byName$/, same: /^$/, new: /^$/ };
    expect(theirs[0]?.identity.rule).toMatch(rules[item.identity]);
    expect(keyOf(theirs[0]?.identity.userName ?? '')).toBe(keyOf(item.userName));
  }
});
