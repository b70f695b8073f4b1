import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Random } from '../faults/random.ts';
import { RollcallError } from '../../src/core/errors.ts';
import { dnKeyOf } from '../../src/core/dn.ts';
import { keyOf } from '../../src/core/names.ts';
import type { PlanItem } from '../../src/core/plan.ts';
import type { Store } from '../../src/database/store.ts';
import { all, one } from '../../src/database/query.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { migrate } from '../../src/database/schema/migrate.ts';
import type { Directory } from '../servers/directory.ts';
import { applyFile, runSync, undoRun, type Overrides, type Told } from '../support/run.ts';
import { dump, everything } from '../support/state.ts';
import { broken, readRows } from './invariants.ts';
import { numberOf } from './worlds.ts';
import type { Archive, Change, Entry, Prediction, State, World } from './world.ts';

const never = new AbortController().signal;

/** In every run, so that it always finds somebody again. */
const anchor = 'z_0_';

/**
 * Plays worlds with the real program, all in one run, and compares what it says and does with the predictions.
 *
 * @param worlds all with the same options; each with a number of its own (see `numberOf`)
 * @returns what differs, in one text for each world that it was found in
 */
export async function play(
  store: Store,
  directory: Directory,
  worlds: { number: number; world: World; prediction: Prediction }[],
  random: Random,
): Promise<string[]> {
  const [first] = worlds;
  if (first === undefined) return [];
  const { options, unreadableElsewhere } = first.world;
  const listed = shuffled(
    worlds.flatMap(({ number, world }) =>
      world.listing.map((entry, i) => ({ number, position: i + 1, entry: written(entry, i) })),
    ),
    random,
  );
  const strangers = unreadableElsewhere ? [{ fullName: 'nobody' }] : [];
  await put(
    store,
    shuffled(
      worlds.flatMap(({ world }) => world.users),
      random,
    ),
    worlds.flatMap(({ world }) => world.archives),
  );
  directory.lists([...listed.map(({ entry }) => entry), { userName: anchor }, ...strangers]);
  const settings: Overrides = {
    options,
    scope: {
      include: [],
      exclude: worlds.flatMap(({ world }) => world.outOfScope.map((userName) => ({ userName }))),
    },
    answers: {
      same: worlds.flatMap(({ world }) => world.answers.same),
      new: worlds.flatMap(({ world }) => world.answers.new),
    },
  };
  const before = await readRows(store);
  const untouched = await dump(store);
  const refusal = (error: unknown) => {
    if (error instanceof RollcallError && error.outcome === 'usage') return error;
    throw error;
  };
  const staged = await runSync(store, directory.url, 'test', { ...settings, stageAll: true }).catch(refusal);
  const run = await commit(store, directory.url, settings, random).catch(refusal);
  if (!isDeepStrictEqual(found(run), found(staged)))
    return [`fingerprints change what is found\n${JSON.stringify(worlds.map(({ world }) => world))}`];
  if (run instanceof RollcallError) {
    return worlds.length === 1 && first.prediction.refused !== null
      ? []
      : [
          `refused: ${run.message}\n${JSON.stringify(worlds.find(({ number }) => number === numberOf(run.message)))}`,
        ];
  }
  const names = worlds.flatMap(({ world }) => world.answers.same.map((name) => name.toLowerCase()));
  const differing = broken(before, await readRows(store), {
    said: (name) => names.includes(name.toLowerCase()) || names.includes(`*_${numberOf(name)}_`),
    asks: options.takeOver === 'agreed',
  });
  const said = itemsByWorld(run.items, listed);
  const stored = statesByWorld(await read(store));
  const recorded = await history(store, run.run ?? 0);
  for (const { number, world, prediction } of worlds) {
    const actual = {
      ...(said.get(number) ?? nothing()),
      after: stored.get(number) ?? { users: [], archives: [] },
    };
    const { refused, ...expected } = prediction;
    if (refused !== null) {
      differing.push(`world ${number} should be refused: ${refused}\n${JSON.stringify(world)}`);
      continue;
    }
    const differences = compare(actual, expected);
    const written = (recorded.get(number) ?? []).map((change) => JSON.stringify(sortedKeys(change))).sort();
    const planned = actual.changes.map((change) => JSON.stringify(sortedKeys(change))).sort();
    if (!isDeepStrictEqual(written, planned))
      differences.push(`history: ${written.join()} for ${planned.join()}`);
    if (differences.length > 0) differing.push(`${differences.join('\n')}\n${JSON.stringify(world)}`);
  }
  const again = await runSync(store, directory.url, 'test', { ...settings, answers: { same: [], new: [] } });
  for (const item of again.items) {
    if (item.type !== 'change') continue;
    const played = worlds.find(({ number }) => number === numberOf(item.userName));
    // After answers, a run may plan what they have made clear.
    if (played && isAnswered(played.world)) continue;
    differing.push(`the second run would ${item.action} ${item.userName}\n${JSON.stringify(played?.world)}`);
  }
  const undone = await undoRun(store, run.run ?? 0);
  const back = await dump(store);
  if (undone.counts.laterChange > 0 || !isDeepStrictEqual(back, untouched)) {
    const [lost, added] = [untouched, back].map((rows, i, both) =>
      rows.filter((row) => !both[1 - i]?.includes(row)),
    );
    differing.push(
      `the undo is not what was before: ${JSON.stringify({ items: undone.items.filter(({ type }) => type === 'notice'), lost, added })}`,
    );
  }
  return differing;
}

/** Commits what is listed: in one run, or half of the times as a plan that is saved first. */
async function commit(store: Store, url: string, settings: Overrides, random: Random): Promise<Told> {
  if (random.below(2) === 0) return runSync(store, url, 'now', settings);
  const file = join(tmpdir(), `plan-${randomUUID()}`);
  try {
    const { items } = await runSync(store, url, 'test', settings, file);
    const applied = await applyFile(store, file, settings);
    return isDeepStrictEqual(applied.items, items) ? applied : { ...applied, items: [] };
  } finally {
    await rm(file, { force: true });
  }
}

/** All that a run says of what it found. */
const found = (run: Told | RollcallError) =>
  run instanceof RollcallError ? run.message : { items: run.items, counts: run.counts };

const isAnswered = ({ answers }: World) => answers.same.length + answers.new.length > 0;

type Said = Omit<Prediction, 'refused' | 'after'>;
const nothing = (): Said => ({ changes: [], notices: [], doubts: [], skipped: [] });

function itemsByWorld(items: PlanItem[], listed: { number: number; position: number }[]): Map<number, Said> {
  const worlds = new Map<number, Said>();
  const of = (number: number) => {
    const said = worlds.get(number) ?? nothing();
    worlds.set(number, said);
    return said;
  };
  for (const item of items) {
    if (item.type === 'change') {
      const { action, userName, before, after, identity, archive } = item;
      of(numberOf(userName)).changes.push({ action, userName, before, after, identity, archive });
    } else if (item.type === 'notice' && item.reason !== 'laterChange') {
      of(numberOf(item.userName)).notices.push({ reason: item.reason, userName: item.userName });
    } else if (item.type === 'doubt') {
      const { reason, userName, mayMean } = item;
      of(numberOf(userName)).doubts.push({ reason, userName, mayMean });
    } else if (item.type === 'skipped') {
      const place = listed[item.number - 1];
      if (place) of(place.number).skipped.push(place.position);
    }
  }
  return worlds;
}

function compare(actual: Omit<Prediction, 'refused'>, expected: Omit<Prediction, 'refused'>): string[] {
  const parts = ['changes', 'notices', 'doubts', 'skipped'] as const;
  const differences = parts.flatMap((part) => {
    const [is, should] = [inOrder(actual[part]), inOrder(expected[part])];
    return isDeepStrictEqual(is, should) ? [] : [`${part}: ${difference(is, should)}`];
  });
  for (const part of ['users', 'archives'] as const) {
    const [is, should] = [inOrder(actual.after[part]), inOrder(expected.after[part])];
    if (!isDeepStrictEqual(is, should)) {
      differences.push(`${part} after: ${difference(is, should)}`);
    }
  }
  return differences;
}

const difference = (is: string[], should: string[]) =>
  `is ${is.filter((text) => !should.includes(text)).join('; ')}, should be ${should.filter((text) => !is.includes(text)).join('; ')}`;

const inOrder = (values: readonly unknown[]) =>
  values.map((value) => JSON.stringify(sortedKeys(value))).sort();

function sortedKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sortedKeys);
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]): [string, unknown] => [
        key,
        key === 'access' ? [...(member as string[])].sort() : sortedKeys(member),
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(random.below(rest.length), 1)[0] as T);
}

/** An entry as JSON; what cannot be read is a number. `other` is the full name, and an address list for the odd ones. */
function written({ unreadable, ...entry }: Entry, position: number): object {
  if (unreadable === null) return entry;
  if (unreadable === 'other')
    return position % 2 === 0 ? { ...entry, fullName: 7 } : { ...entry, fullName: ['x'] };
  return { ...entry, [unreadable]: unreadable === 'userName' && position % 2 === 0 ? null : 7 };
}

/** Many users and archives in a few statements. */
async function put(store: Store, users: State['users'], archives: Archive[]): Promise<void> {
  const rows = [
    ...users,
    { ...blank, userName: anchor, authentication: 'directoryServices', privileges: ['login'], gone: false },
  ].map((user) => ({
    ...user,
    nameKey: keyOf(user.userName),
    dnKey: user.distinguishedName && dnKeyOf(user.distinguishedName),
    addressKeys: user.emailAddresses.map(keyOf),
  }));
  const shelves = archives.map((archive) => ({
    ...archive,
    nameKey: keyOf(archive.name),
    lastOwner: archive.lastOwner && {
      ...archive.lastOwner,
      addressKeys: archive.lastOwner.emailAddresses.map(keyOf),
    },
  }));
  await inTransaction(store, 'write', never, async (db) => {
    await migrate(db, store);
    await db.raw(everything);
    const array = (member: string) => `array(select jsonb_array_elements_text(x -> '${member}'))`;
    await db.raw(
      `insert into users (user_name, name_key, authentication, full_name, distinguished_name, dn_key,
                          email_addresses, address_keys, privileges, gone_since)
       select x ->> 'userName', x ->> 'nameKey', x ->> 'authentication', x ->> 'fullName', x ->> 'distinguishedName',
         x ->> 'dnKey', ${array('emailAddresses')}, ${array('addressKeys')}, ${array('privileges')},
         case when (x -> 'gone')::boolean then timestamptz '2026-01-01' end
       from jsonb_array_elements(?::jsonb) as x`,
      [JSON.stringify(rows)],
    );
    // Otherwise, Postgres takes the tables for empty, and compares each row with each.
    await db.raw('analyze users');
    await db.raw(
      `insert into archives (name, name_key, owner_id, last_owner)
       select x ->> 'name', x ->> 'nameKey', users.id, nullif(x -> 'lastOwner', 'null')
       from jsonb_array_elements(?::jsonb) as x left join users on user_name = x ->> 'owner'`,
      [JSON.stringify(shelves)],
    );
    await db.raw('analyze archives');
    await db.raw(
      `insert into archive_access
       select archives.id, users.id, '{read}' from jsonb_array_elements(?::jsonb) as x
       join archives using (name) cross join lateral jsonb_array_elements_text(x -> 'access') as reader
       join users on user_name = reader`.replace('using (name)', `on archives.name = x ->> 'name'`),
      [JSON.stringify(shelves)],
    );
    await db.raw(
      `
      with mail as (
        insert into messages (digest, raw) select sha256(''), 'x' returning id
      )
      insert into archive_messages select archives.id, mail.id from archives, mail where name = any (?::text[])`,
      [shelves.filter(({ messages }) => messages > 0).map(({ name }) => name)],
    );
    await db.raw('analyze archive_access, archive_messages');
    return { commit: true, value: undefined };
  });
}

const blank = { fullName: null, distinguishedName: null, emailAddresses: [] };

async function read(store: Store): Promise<State> {
  return inTransaction(store, 'write', never, async (db) => {
    const { value } = await one<{ value: State }>(
      db,
      `select json_build_object(
         'users', (select coalesce(json_agg(json_build_object('userName', user_name, 'authentication', authentication,
             'fullName', full_name, 'distinguishedName', distinguished_name, 'emailAddresses', email_addresses,
             'privileges', privileges, 'gone', gone_since is not null)), '[]') from users where user_name <> '${anchor}'),
         'archives', (select coalesce(json_agg(json_build_object('name', name,
             'owner', (select user_name from users where id = owner_id),
             'messages', (select count(*) from archive_messages where archive_id = archives.id),
             'access', array(select user_name from archive_access join users on users.id = user_id
                             where archive_id = archives.id and archive_access.privileges = '{read}'),
             'lastOwner', last_owner - 'addressKeys')), '[]') from archives)) as value`,
    );
    return { commit: false, value };
  });
}

function statesByWorld({ users, archives }: State): Map<number, State> {
  const worlds = new Map<number, State>();
  const of = (number: number) => {
    const state = worlds.get(number) ?? { users: [], archives: [] };
    worlds.set(number, state);
    return state;
  };
  for (const user of users) of(numberOf(user.userName)).users.push(user);
  for (const archive of archives) of(numberOf(archive.name)).archives.push(archive);
  return worlds;
}

async function history(store: Store, run: number): Promise<Map<number, Change[]>> {
  const rows = await inTransaction(store, 'write', never, async (db) => ({
    commit: false,
    value: await all<Change>(
      db,
      `select action, user_name as "userName", before, after, identity, archive from run_changes where run_id = ?`,
      [run],
    ),
  }));
  const worlds = new Map<number, Change[]>();
  for (const change of rows) {
    const number = numberOf(change.userName);
    worlds.set(number, [...(worlds.get(number) ?? []), change]);
  }
  return worlds;
}
