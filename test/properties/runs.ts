import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { keyOf } from '../../src/core/names.ts';
import { changesOf } from '../../src/core/plan.ts';
import type { Limit } from '../../src/core/limits.ts';
import type { Store } from '../../src/database/store.ts';
import type { Directory } from '../servers/directory.ts';
import { all } from '../../src/database/query.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { runSync, type Overrides } from '../support/run.ts';
import { put, read, type State, type StoredArchive, type StoredUser } from '../support/state.ts';

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
  { maxLength: 8 },
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

const limit = (count: number | null): fc.Arbitrary<Limit> =>
  fc.record({
    percent: fc.constantFrom(0, 50, 100),
    atLeast: fc.constantFrom(0, 1, 9),
    count: fc.constantFrom(count, null),
  });
const nobody = { include: [{ userName: 'zzz' }], exclude: [] };
const settings = fc.record({
  options: fc.record({
    deleteUsers: fc.boolean(),
    renames: fc.boolean(),
    takeOver: fc.constantFrom('agreed' as const, 'always' as const),
  }),
  limits: fc.record({
    deletions: limit(1),
    updates: limit(null),
    renames: limit(1),
    creations: limit(2),
    overlap: fc.record({ percent: fc.constantFrom(0, 50, 100), fromUsers: fc.constantFrom(1, 3, 20) }),
  }),
  scope: fc.constantFrom({ include: [], exclude: [] }, { include: [], exclude: [{ userName: 'c' }] }, nobody),
});
type Settings = Required<Pick<Overrides, 'options' | 'limits' | 'scope'>>;

/** Whatever is stored and listed: what a run may never do, it does not. */
export const runs = (store: Store, directory: Directory) =>
  fc.asyncProperty(state, listing, settings, async (before, entries, options) => {
    await put(store, before);
    const start = await read(store);
    const persons = await personsOf(store);
    directory.lists(entries);

    const tested = await runSync(store, directory.url, 'test', { ...options, stageAll: true });
    deepEqual(await read(store), start, 'a test changes nothing');

    const committed = await runSync(store, directory.url, 'now', options);
    deepEqual(committed.items, tested.items, 'now says what test said, which staged every entry');
    deepEqual(committed.counts, tested.counts, 'and counts the same');
    const end = await read(store);
    if (committed.blocks.length > 0) {
      deepEqual(end, start, 'a blocked run writes nothing');
      return;
    }
    const after = await runSync(store, directory.url, 'test', options);
    equal(changesOf(after.counts), 0, 'a second run has nothing left to do');
    compare(start, end, entries, options);
    holdLimits(persons, await personsOf(store), options);
    const isEmpty = entries.length === 0 || options.scope === nobody;
    if (isEmpty && persons.length > 0) deepEqual(end, start, 'an empty or filtered listing changes nothing');
  });

function compare(
  start: Required<State>,
  end: Required<State>,
  entries: unknown[],
  { options }: Settings,
): void {
  const mail = (state: Required<State>) =>
    Object.values(state.archives).reduce((n, { messages = 0 }) => n + messages, 0);
  equal(mail(end), mail(start), 'no mail is lost');

  const skipped = entries.map(nameOf).filter((name) => name !== null);
  const then = byKey(end);
  for (const [key, before] of byKey(start)) {
    const after = then.get(key);
    if (before.authentication === 'integrated') deepEqual(after, before, 'an integrated user never changes');
    if (!options.deleteUsers && !options.renames) ok(after, 'nobody goes');
    if (skipped.includes(key)) deepEqual(after, before, 'a skipped entry costs nobody anything');
  }
  const admins = (state: Required<State>) =>
    Object.values(state.users).filter(({ privileges }) => privileges?.includes('admin')).length;
  equal(admins(end), admins(start), 'no admin is deleted');
}

interface Row {
  id: string;
  name_key: string;
  content: string;
}

/** The directory users, whoever they are called. */
const personsOf = (store: Store) =>
  inTransaction(store, 'write', new AbortController().signal, async (db) => ({
    commit: false,
    value: await all<Row>(
      db,
      `select id::text, name_key, row(full_name, distinguished_name, email_addresses)::text as content
       from users where authentication = 'directoryServices'`,
    ),
  }));

/** Counted in what is stored, and not as the run counts: what was written is within the limits. */
function holdLimits(before: Row[], after: Row[], { limits }: Settings): void {
  const then = new Map(after.map((row) => [row.id, row]));
  const known = new Set(before.map(({ id }) => id));
  const changed = (is: (old: Row, now: Row | undefined) => boolean) =>
    before.filter((old) => is(old, then.get(old.id))).length;
  const hold = (limit: 'deletions' | 'updates' | 'renames' | 'creations', n: number) =>
    ok(within(n, before.length, limits[limit]), `${n} ${limit} of ${before.length} are more than the limit`);
  hold(
    'deletions',
    changed((_, now) => now === undefined),
  );
  hold(
    'renames',
    changed((old, now) => now !== undefined && now.name_key !== old.name_key),
  );
  hold(
    'updates',
    changed((old, now) => now?.name_key === old.name_key && now.content !== old.content),
  );
  if (before.length > 0) hold('creations', after.filter(({ id }) => !known.has(id)).length);
}

const byKey = ({ users }: Required<State>) =>
  new Map(Object.entries(users).map(([name, user]) => [keyOf(name), user]));

function within(changes: number, stored: number, { percent, atLeast, count }: Limit): boolean {
  if (changes <= atLeast) return true;
  return changes <= (stored * (percent ?? 100)) / 100 && changes <= (count ?? Infinity);
}

/** The name of an entry that has to be skipped because of its addresses. */
function nameOf(entry: unknown): string | null {
  const { userName, emailAddresses } = (entry ?? {}) as { userName?: unknown; emailAddresses?: unknown };
  return typeof userName === 'string' && typeof emailAddresses === 'string' ? keyOf(userName) : null;
}
