import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyOf } from '../../src/core/names.ts';
import { changesOf } from '../../src/core/plan.ts';
import type { Store } from '../../src/store/store.ts';
import { Directory } from '../servers/directory.ts';
import { runSync, type Overrides } from '../support/run.ts';
import { put, read, type State, type StoredArchive, type StoredUser } from '../support/state.ts';
import { kinds, newStore } from '../support/stores.ts';

// Few names, so that entries and users meet; both cases, so that they have to be folded.
const name = fc.constantFrom(
  'a',
  'A',
  'b',
  'c',
  'C',
  'd',
  'e',
  'zoë',
  'zoe\u0308',
  '=cmd()',
  '__proto__',
  "x'; --",
  '../x',
);
const dn = fc.option(fc.constantFrom('CN=1', 'cn = 1', 'CN=2', 'CN=3', 'no dn'), { nil: undefined });
const addresses = fc.array(fc.constantFrom('a@x', 'A@X', 'b@x', 'c@x', ''), { maxLength: 3 });

const entry = fc.record(
  {
    userName: fc.oneof(
      { weight: 20, arbitrary: name },
      { weight: 1, arbitrary: fc.constantFrom(null, 7, '', 'a\0') },
    ),
    fullName: fc.constantFrom('One', 'Two', null),
    distinguishedName: dn,
    emailAddresses: fc.oneof(
      { weight: 20, arbitrary: addresses },
      { weight: 1, arbitrary: fc.constant('a@x') },
    ),
  },
  { requiredKeys: ['userName'] },
);
const listing = fc.array(
  fc.oneof({ weight: 40, arbitrary: entry }, { weight: 1, arbitrary: fc.constantFrom(null, [], 'x') }),
  {
    maxLength: 8,
  },
);

const user: fc.Arbitrary<StoredUser> = fc.record({
  authentication: fc.constantFrom(
    'directoryServices',
    'directoryServices',
    'directoryServices',
    'integrated',
  ),
  fullName: fc.constantFrom('One', 'Two', null),
  distinguishedName: fc.constantFrom('CN=1', 'CN=2', null),
  emailAddresses: fc.constantFrom([], ['a@x'], ['b@x', 'a@x']),
  privileges: fc.constantFrom(['login'], ['admin'], ['none']),
});

const state: fc.Arbitrary<State> = fc
  .uniqueArray(fc.tuple(name, user, fc.nat(2), fc.boolean()), {
    maxLength: 6,
    selector: ([name]) => keyOf(name),
  })
  .map((rows) => {
    const users: Record<string, StoredUser> = Object.create(null) as Record<string, StoredUser>;
    const archives: Record<string, StoredArchive> = Object.create(null) as Record<string, StoredArchive>;
    for (const [name, user, messages, orphan] of rows) {
      if (orphan) archives[name] = { owner: null, messages };
      else {
        users[name] = user;
        archives[name] = { owner: name, messages };
      }
    }
    return { users, archives };
  });

const settings: fc.Arbitrary<Overrides> = fc.record({
  options: fc.record({ deleteUsers: fc.boolean(), renames: fc.boolean() }),
  limits: fc.record({
    deletions: fc.record({
      percent: fc.constantFrom(0, 50, 100),
      atLeast: fc.constantFrom(0, 1, 9),
      count: fc.constantFrom(1, null),
    }),
    updates: fc.record({
      percent: fc.constantFrom(0, 50, 100),
      atLeast: fc.constantFrom(0, 1, 9),
      count: fc.constant(null),
    }),
  }),
  scope: fc.constantFrom(
    { include: [], exclude: [] },
    { include: [], exclude: [{ userName: 'c' }] },
    { include: [{ userName: 'zzz' }], exclude: [] },
  ),
});

describe.each(kinds)('whatever is stored and listed, on %s', (kind) => {
  let store: Store;
  let directory: Directory;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    directory = await Directory.start();
    ({ store, remove } = await newStore(kind));
  });
  afterAll(async () => {
    await directory.stop();
    await remove();
  });

  test('the promises hold', async () => {
    await fc.assert(
      fc.asyncProperty(state, listing, settings, async (before, entries, options) => {
        await put(store, before);
        const start = await read(store);
        directory.lists(entries);

        const tested = await runSync(store, directory.url, 'test', options);
        expect(await read(store), 'a test changes nothing').toEqual(start);

        const committed = await runSync(store, directory.url, 'now', options);
        expect(committed.items, 'now says what test said').toEqual(tested.items);
        const end = await read(store);
        if (committed.blocks.length > 0) {
          expect(end, 'a blocked run writes nothing').toEqual(start);
          return;
        }
        const after = await runSync(store, directory.url, 'test', options);
        expect(changesOf(after.counts), 'a second run has nothing left to do').toBe(0);
        compare(start, end, entries, options);
      }),
      { numRuns: kind === 'postgres' ? 150 : 60 },
    );
  });
});

function compare(
  start: Required<State>,
  end: Required<State>,
  entries: unknown[],
  { options }: Overrides,
): void {
  const mail = (state: Required<State>) =>
    Object.values(state.archives).reduce((n, { messages = 0 }) => n + messages, 0);
  expect(mail(end), 'no mail is lost').toBe(mail(start));

  const skipped = entries.map(nameOf).filter((name) => name !== null);
  for (const [name, before] of Object.entries(start.users)) {
    const after = end.users[name];
    if (before.authentication === 'integrated')
      expect(after, 'an integrated user never changes').toEqual(before);
    if (options?.deleteUsers === false && !options.renames) expect(after, 'nobody goes').toBeDefined();
    if (skipped.includes(keyOf(name))) expect(after, 'a skipped entry costs nobody anything').toEqual(before);
  }
  const admins = (state: Required<State>) =>
    Object.values(state.users).filter(({ privileges }) => privileges?.includes('admin')).length;
  expect(admins(end), 'no admin is deleted').toBe(admins(start));
}

/** The name of an entry that has to be skipped because of its addresses. */
function nameOf(entry: unknown): string | null {
  const { userName, emailAddresses } = (entry ?? {}) as { userName?: unknown; emailAddresses?: unknown };
  return typeof userName === 'string' && typeof emailAddresses === 'string' ? keyOf(userName) : null;
}
