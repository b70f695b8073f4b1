import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { protocolMembers } from '../../src/core/members.ts';
import type { Doubt, PlanItem } from '../../src/core/plan.ts';
import type { Store } from '../../src/database/store.ts';
import { all, run as execute } from '../../src/database/query.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { findRun, listRuns, readChanges } from '../../src/sync/run-history.ts';
import { openDirectory } from '../../src/directory/open-directory.ts';
import { sync } from '../../src/sync/run.ts';
import { Directory } from '../servers/directory.ts';
import { directorySettings, noLimits, runSync, type Overrides } from '../support/run.ts';
import { put, type State } from '../support/state.ts';
import { serverKinds, newStore } from '../support/stores.ts';

const never = new AbortController().signal;
const none = { percent: null, atLeast: 0, count: 0 };
const ada = { distinguishedName: 'UID=1', fullName: 'Ada Able', emailAddresses: ['ada@x'] };
const bob = { distinguishedName: 'UID=2', fullName: 'Bob Baker', emailAddresses: ['bob@x'] };
const cleo = { distinguishedName: 'UID=3', fullName: 'Cleo Cole', emailAddresses: ['cleo@x'] };
const listed = (userName: string, person: object = {}) => ({ userName, ...person });
const same = (...names: string[]) => ({ same: names, new: [] });
const other = (...names: string[]) => ({ same: [], new: names });
const keep = { deleteUsers: false, renames: true, takeOver: 'agreed' } as const;

/** What a run counts, is held against, asks and remembers, where a line of its plan does not say it. */
describe.each(serverKinds)('on %s', (kind) => {
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

  async function play(
    before: State,
    listing: unknown[],
    settings: Overrides = {},
    mode: 'test' | 'now' = 'test',
  ) {
    await put(store, before);
    directory.lists(listing);
    return runSync(store, directory.url, mode, settings);
  }
  const query = <T extends object>(sql: string) =>
    inTransaction(store, 'write', never, async (db) => ({ commit: false, value: await all<T>(db, sql) }));
  const only = <T extends PlanItem['type']>(items: PlanItem[], type: T) =>
    items.filter((item): item is Extract<PlanItem, { type: T }> => item.type === type);

  test('everybody counts once', async () => {
    const { counts } = await play(
      {
        users: {
          same1: {},
          same2: {},
          updated: {},
          renamed: ada,
          deleted: {},
          doubtful: bob,
          admin: { privileges: ['admin'] },
          integrated: { authentication: 'integrated' },
          integrated2: { authentication: 'integrated' },
          skipped: {},
          renamedBad: { distinguishedName: 'UID=7' },
          keepsName: cleo,
          out: {},
        },
        archives: { theirs: { owner: 'same1' } },
      },
      [
        ...[listed('same1'), listed('same2'), listed('updated', { fullName: 'U' }), listed('newName', ada)],
        ...[listed('doubtful', { ...cleo, distinguishedName: 'UID=9' }), listed('integrated')],
        ...[listed('skipped', { fullName: 7 }), listed('bad', { distinguishedName: 'uid=7', fullName: 7 })],
        ...[listed('integrated2', { ...cleo, fullName: 'Cleo C' }), listed('theirs'), listed('newcomer')],
        ...[listed('same2'), listed('out')],
      ],
      { scope: { include: [], exclude: [{ userName: 'out' }] } },
    );
    expect(counts).toEqual({
      ...{ directory: 13, outOfScope: 1, skipped: 2, stored: 11, found: 6, unchanged: 2 },
      ...{ created: 1, renamed: 1, updated: 2, deleted: 2 },
      ...{ doubts: 1, nameTaken: 2, integrated: 1, admin: 1, gone: 0, unsure: 1, goneCounting: 0, held: 0 },
      laterChange: 0,
    });
  });

  const people = (...names: string[]) => Object.fromEntries(names.map((name) => [name, {}]));

  test('limits are held against the directory users', async () => {
    const integrated = Object.fromEntries(
      Array.from({ length: 8 }, (_, i) => [`i${i}`, { authentication: 'integrated' as const }]),
    );
    const { blocks } = await play({ users: { ...people('a', 'b'), ...integrated } }, [listed('a')], {
      limits: { ...noLimits, deletions: { percent: 20, atLeast: 0, count: null } },
    });
    expect(blocks).toEqual([{ limit: 'deletions', changes: 1, stored: 2, exceeded: { percent: 20 } }]);
  });

  test('what is answered counts against no limit', async () => {
    const limits = { ...noLimits, deletions: none, updates: none, renames: none, creations: none };
    const users = { a: ada, b: bob, c: { ...cleo, gone: true } };
    const listing = [
      listed('a', { ...ada, distinguishedName: 'UID=9', fullName: 'Ian Intern' }),
      listed('b', { ...bob, distinguishedName: 'UID=8', fullName: 'Tim Trainee' }),
      listed('d', { ...cleo, fullName: 'Dora Dean', emailAddresses: [] }),
    ];
    const answers = { same: ['b', 'd'], new: ['a'] };
    const answered = await play({ users }, listing, { limits, answers });
    expect(answered.counts).toMatchObject({ found: 3, created: 1, renamed: 1, updated: 1, deleted: 1 });
    expect(answered.blocks).toEqual([]);

    const { blocks } = await play(
      { users },
      [listed('b', { ...bob, fullName: 'Bob B' }), listed('e', cleo)],
      {
        limits,
      },
    );
    expect(blocks.map(({ limit, changes }) => `${limit} ${changes}`)).toEqual([
      'deletions 1',
      'updates 1',
      'renames 1',
    ]);
  });

  test('found again are those in doubt, and not those who leave or whose entry is bad', async () => {
    const limits = { ...noLimits, overlap: { percent: 50, fromUsers: 1 } };
    const users = { a: ada, b: {}, c: {}, d: {}, e: {} };
    const bad = listed('b', { fullName: 7 });
    const { counts, blocks } = await play({ users }, [listed('a', bob), bad], { limits });
    expect(counts).toMatchObject({ stored: 5, found: 1, doubts: 1 });
    expect(blocks).toMatchObject([{ limit: 'overlap', changes: 1, stored: 5 }]);
  });

  test('a member that is called something else is accepted when asked for', async () => {
    const listing = [listed('a', { mail: ['a@x'] })];
    const { blocks } = await play({}, listing);
    expect(blocks.map(({ limit }) => limit)).toEqual(['missingMember']);
    expect((await play({}, listing, { acceptMissing: ['emailAddresses'] })).blocks).toEqual([]);
  });

  test('the day since when somebody is gone stays', async () => {
    const day = () =>
      query<{ since: string }>(`select gone_since::date::text as since from users where user_name = 'b'`);
    await play({ users: { a: {}, b: { gone: true } } }, [listed('a')], { options: keep }, 'now');
    expect(await day()).toEqual([{ since: '2026-01-01' }]);
    await runSync(store, directory.url, 'now', { options: keep });
    expect(await day()).toEqual([{ since: '2026-01-01' }]);
  });

  /** What is asked: of whom, what speaks for and against it, and the answers that would be taken. */
  const told = (items: PlanItem[]) =>
    only(items, 'doubt').map(({ userName, stored, archive, agrees, differs, answers }) => [
      `${userName}: ${stored?.userName ?? archive?.name ?? '?'}`,
      ...[`agrees ${agrees.join(' ')}`, `differs ${differs.join(' ')}`].filter((line) => !line.endsWith(' ')),
      ...answers.map(({ answer, effect }) => `--${answer} ${effect}`),
    ]);
  const questions: { users: State['users']; archives: State['archives']; listing: unknown[] } = {
    users: {
      smith: ada,
      boss: { ...bob, privileges: ['admin'] },
      c: { ...cleo, gone: true },
      gone1: { distinguishedName: 'UID=5', fullName: 'Eve Early', gone: true },
      root: { authentication: 'integrated' },
      ...{ two1: { distinguishedName: 'UID=6' }, two2: { distinguishedName: 'UID=6' } },
      z: {},
    },
    archives: {
      left: {
        owner: null,
        messages: 2,
        lastOwner: {
          userName: 'Left',
          fullName: 'Lea Left',
          distinguishedName: null,
          emailAddresses: ['l@x'],
        },
      },
    },
    listing: [
      ...[listed('z'), listed('two', { distinguishedName: 'UID=6' })],
      listed('smith', { ...cleo, distinguishedName: 'UID=9', emailAddresses: ['ada@x'] }),
      listed('root', { distinguishedName: 'UID=5', fullName: 'Fay Far' }),
      listed('left', { fullName: 'Tom Tall', distinguishedName: 'UID=8' }),
      listed('d', { distinguishedName: 'UID=3', fullName: 'Dora Dean' }),
      listed('boss', { fullName: 'Ian Intern' }),
    ],
  };

  test('a question shows both sides, and only the answers that would be taken', async () => {
    const { users = {}, archives = {}, listing } = questions;
    const { items } = await play({ users, archives }, listing);
    expect(told(items)).toEqual([
      ['boss: boss', 'differs fullName', '--same update'],
      ['d: c', 'agrees distinguishedName', 'differs fullName', '--same rename', '--new create'],
      ['left: left', 'differs fullName', '--same takeOver', '--new createAndSetAside'],
      ['root: gone1', 'agrees distinguishedName', 'differs fullName'],
      [
        'smith: smith',
        'agrees emailAddresses',
        'differs distinguishedName fullName',
        ...['--same update', '--new createAndDelete'],
      ],
      ['two: two1', 'agrees distinguishedName', '--new create'],
    ]);
    const [, , left] = only(items, 'doubt');
    expect(left?.archive).toEqual({ name: 'left', messages: 2, lastOwner: archives['left']?.lastOwner });
    expect(left?.listed).toEqual({
      ...{ userName: 'left', fullName: 'Tom Tall', distinguishedName: 'UID=8', emailAddresses: [] },
    });

    const { items: kept } = await play({ users, archives }, listing, {
      options: { ...keep, renames: false },
    });
    expect(told(kept).find(([who]) => who === 'd: c')).toContain('--same update');
  });

  test('a question that means many names the first of them, and cannot be answered by --same', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `n${String(i + 1).padStart(2, '0')}`);
    const users = Object.fromEntries(names.map((name) => [name, { distinguishedName: 'UID=1' }]));
    const { items } = await play({ users }, [listed('x', { distinguishedName: 'UID=1' })]);
    const [doubt] = only(items, 'doubt');
    expect(doubt).toMatchObject({
      ...{ mayMean: names.slice(0, 10), others: 2 },
      ...{ stored: { userName: 'n01' }, answers: [{ answer: 'new', effect: 'create' }] },
    } satisfies Partial<Omit<Doubt, 'stored'>> & { stored: object });

    const { items: named } = await play({ users }, [
      listed('x', { distinguishedName: 'UID=1' }),
      listed('n07', { distinguishedName: 'UID=1', fullName: 'Ada' }),
    ]);
    expect(told(named)[0]).toEqual([
      ...['n07: n07', 'agrees distinguishedName', '--same update', '--new createAndReconsider'],
    ]);
  });

  test.each([
    ['both', { same: ['smith'], new: ['smith'] }, 'both --same and --new were given'],
    ['both patterns', { same: ['s*'], new: ['*h'] }, 'both --same and --new cover'],
    ['one of several', same('two'), 'one of several users'],
    ['an admin', other('boss'), 'an admin has this name'],
    ['a taken name', other('root'), 'the name is taken'],
    ['nobody in doubt', same('z'), 'no entry in doubt'],
  ])('an answer is refused that cannot be meant: %s', async (_, answers, message) => {
    const { users = {}, archives = {}, listing } = questions;
    await expect(play({ users, archives }, listing, { answers })).rejects.toThrow(message);
  });

  test.each<[State, unknown[], Overrides, unknown]>([
    [{}, ['a', 'b', 'c'].map((name) => listed(name, { emailAddresses: ['all@x'] })), {}, ['b', 'c']],
    // The former one had it, too.
    [
      { users: { a: ada } },
      [listed('a', { ...bob, emailAddresses: ada.emailAddresses })],
      { answers: other('a') },
      ['a'],
    ],
  ])('a remark names the others who have an address: %j %j', async (before, listing, settings, others) => {
    const [remark] = only((await play(before, listing, settings)).items, 'remark');
    expect(remark?.examples).toMatchObject([{ userName: 'a', others }]);
  });

  test('a remark gives the first examples by name', async () => {
    const shared = { emailAddresses: ['info@x'] };
    const { items } = await play(
      {
        users: {
          gone2: { fullName: 'Eve Early' },
          gone1: { fullName: 'Eve Early', ...shared },
          z: shared,
          y: shared,
        },
      },
      [
        ...[listed('z', shared), listed('y', shared), listed('n4', { fullName: 'eve early' })],
        ...[listed('n3', { fullName: 'eve early' }), listed('n2', { fullName: 'eve early' })],
        listed('n1', { fullName: 'Eve Early', ...shared }),
      ],
    );
    expect(only(items, 'remark')).toEqual([
      {
        ...{ type: 'remark', reason: 'sharedAddress', count: 1 },
        examples: [{ address: 'info@x', userName: 'n1', others: ['gone1', 'y', 'z'] }],
      },
      {
        ...{ type: 'remark', reason: 'maybeSamePerson', count: 4 },
        examples: [
          { userName: 'n1', stored: 'gone1', share: 'emailAddresses' },
          { userName: 'n2', stored: 'gone1', share: 'fullName' },
          { userName: 'n3', stored: 'gone1', share: 'fullName' },
        ],
      },
    ]);
  });

  test('a notice says who has the name, and a skipped entry where else its name stands', async () => {
    const { items } = await play({ users: { a: ada, root: { authentication: 'integrated' }, z: {} } }, [
      ...[listed('z'), listed('root', ada)],
      ...Array.from({ length: 7 }, (_, i) => listed('twice', { fullName: `${i}` })),
    ]);
    expect(only(items, 'notice')).toEqual([
      {
        ...{ type: 'notice', reason: 'nameTaken', userName: 'a', entry: 2 },
        data: { wanted: 'root', by: 'integrated', holder: 'root' },
      },
    ]);
    expect(only(items, 'skipped')[6]).toEqual({
      ...{ type: 'skipped', number: 9, userName: 'twice' },
      reason: { code: 'repeated', numbers: [3, 4, 5, 6, 7], more: 2 },
    });
  });

  test('a short report shows the first of each sort', async () => {
    await put(store, { users: { u1: {}, u2: {}, g1: {}, g2: {}, d1: ada, d2: bob, z: {} } });
    directory.lists([
      ...[listed('z'), listed('n1'), listed('n2'), listed('n3'), listed('s1', { fullName: 7 })],
      ...[listed('u1', { fullName: 'U' }), listed('u2', { fullName: 'U' }), listed('s2', { fullName: 7 })],
      ...[listed('d1', cleo), listed('d2', { ...cleo, distinguishedName: 'UID=4' })],
    ]);
    const names: string[] = [];
    const plan = async (_: unknown, read: (most: number | null) => AsyncIterable<PlanItem>) => {
      for await (const item of read(1)) names.push('userName' in item ? (item.userName ?? '') : item.reason);
    };
    const settings = {
      ...{ members: protocolMembers, scope: { include: [], exclude: [] }, options: keep },
      ...{ acceptMissing: [], answers: { same: [], new: [] }, limits: noLimits, version: '0.0.0' },
      defaultPrivileges: { user: ['login'], archive: ['read'] },
    };
    await sync(settings, openDirectory(directorySettings(directory.url)), store, false, { plan }, never);
    expect(names).toEqual(['n1', 'u1', 'g1', 'd1', 's1']);
  });

  test('the history tells each run, the latest first, and its changes in the order of the plan', async () => {
    await put(store, {});
    directory.lists([listed('b'), listed('a', ada)]);
    const limits = { ...noLimits, creations: { percent: 90, atLeast: 0, count: null } };
    const first = await runSync(store, directory.url, 'now', { limits });
    directory.lists([listed('c', ada), listed('d'), listed('e')]);
    const second = await runSync(store, directory.url, 'now');
    const told = await inTransaction(store, 'write', never, async (db) => {
      const runs = await listRuns(db, 1);
      const record = await findRun(db, first.run ?? 0);
      const changes: unknown[] = [];
      for await (const change of readChanges(db, first.run ?? 0)) changes.push(change);
      return { commit: false, value: { runs, record, changes } };
    });
    const { startedAt, committedAt } = told.record;
    // Of the run, not of the store.
    expect(Math.abs(Date.now() - startedAt.getTime())).toBeLessThan(60_000);
    expect(startedAt <= committedAt).toBe(true);
    expect(told.runs.map(({ id }) => id)).toEqual([second.run]);
    expect(told.record).toEqual({
      ...{ id: first.run, startedAt: told.record.startedAt, committedAt: told.record.committedAt },
      ...{
        actor: 'tester@here',
        directory: directory.url,
        version: '0.0.0',
        counts: first.counts,
        plan: null,
        undoes: null,
        untold: null,
      },
      options: {
        ...{ deleteUsers: true, renames: true, takeOver: 'agreed', limits },
        ...{ scope: { include: [], exclude: [] }, answers: { same: [], new: [] } },
        defaultPrivileges: { user: ['login'], archive: ['read'] },
      },
    });
    expect(told.changes).toEqual(only(first.items, 'change'));
    expect(only(first.items, 'change').map(({ userName }) => userName)).toEqual(['a', 'b']);
  });

  test('a second run while the first one reads the directory ends at once', async () => {
    let second: unknown = null;
    directory.answers(async (_, response) => {
      second = await runSync(store, directory.url, 'now').catch((error: unknown) => error);
      response.end('[{"userName":"a"}]');
    });
    await runSync(store, directory.url, 'test');
    expect(second).toMatchObject({ outcome: 'locked' });
  });

  test('a run ends when another one was committed while it read the directory', async () => {
    // Of an embedded store, no other machine has the folder.
    if (store.isExclusive) return;
    await play({}, [listed('a')], {}, 'now');
    directory.answers(async (_, response) => {
      await inTransaction(store, 'write', never, async (db) => ({
        commit: true,
        value: await execute(
          db,
          `insert into runs (started_at, actor, directory, version, options, counts)
           values (now(), 'x', 'x', 'x', '{}', '{}')`,
        ),
      }));
      response.end('[{"userName":"a"}]');
    });
    await expect(runSync(store, directory.url, 'now')).rejects.toThrow('was committed while');
  });
});
