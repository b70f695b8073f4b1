/** Examples derived by hand from the sentences of the contract, so that the oracle itself is not taken on trust. */
import { expect, test } from 'vitest';
import { predict } from './oracle.ts';
import type { Archive, Entry, Prediction, User, World } from './world.ts';

type Fields = [fullName?: string | null, dn?: string | null, ...addresses: string[]];

const fieldsOf = ([fullName = null, distinguishedName = null, ...emailAddresses]: Fields) => ({
  fullName,
  distinguishedName,
  emailAddresses,
});
const user = (userName: string, ...fields: Fields): User => ({
  userName,
  authentication: 'directoryServices',
  ...fieldsOf(fields),
  privileges: ['login'],
  gone: false,
});
const entry = (userName: string | null, ...fields: Fields): Entry => ({
  userName,
  ...fieldsOf(fields),
  unreadable: userName === null ? 'userName' : null,
});
const archive = (name: string, owner: string | null = name, messages = 1): Archive => {
  return { name, owner, messages, access: owner === null ? [] : [owner], lastOwner: null };
};
const last = (userName: string, ...fields: Fields): Archive => ({
  ...archive(userName, null),
  lastOwner: { userName, ...fieldsOf(fields) },
});
interface Given {
  users?: User[];
  archives?: Archive[];
  listing?: Entry[];
  outOfScope?: string[];
  same?: string[];
  new?: string[];
  unreadableElsewhere?: boolean;
  options?: Partial<World['options']>;
}
const world = (given: Given): World => ({
  users: given.users ?? [],
  archives: given.archives ?? [],
  listing: given.listing ?? [],
  outOfScope: given.outOfScope ?? [],
  options: { deleteUsers: true, renames: true, takeOver: 'agreed', ...given.options },
  answers: { same: given.same ?? [], new: given.new ?? [] },
  unreadableElsewhere: given.unreadableElsewhere ?? false,
  today: '2024-05-01',
});

/** A prediction in short lines, sorted. */
function told({ refused, changes, notices, doubts, skipped }: Prediction): string[] {
  const lines = refused === null ? [] : [`refused ${refused}`];
  for (const { action, userName, after, identity, archive: of } of changes) {
    const to = action === 'rename' ? ` > ${after?.userName}` : '';
    const fate = of ? `: ${of.outcome} ${of.name}` : '';
    const ended = of?.accessEnded.length ? ` -${of.accessEnded.join()}` : '';
    lines.push(`${action} ${userName}${to}${identity ? ` by ${identity}` : ''}${fate}${ended}`);
  }
  for (const { reason, userName } of notices) lines.push(`${reason} ${userName}`);
  for (const { reason, userName, mayMean } of doubts) lines.push(`${reason} ${userName} ? ${mayMean.join()}`);
  return [...lines, ...skipped.map((position) => `skipped ${position}`)].sort();
}

const gone = (of: User): User => ({ ...of, gone: true });
const admin = (of: User): User => ({ ...of, privileges: ['admin'] });
const integrated = (of: User): User => ({ ...of, authentication: 'integrated' });
const badDn = (userName: string | null): Entry => ({ ...entry(userName), unreadable: 'distinguishedName' });
const bad = (of: Entry): Entry => ({ ...of, unreadable: 'other' });
const keep = { deleteUsers: false };
const ann = user('ann', 'Ann Lee', 'UID=1,DC=x', 'a@x');
const twoAnns = { users: [user('ann', 'Ann Lee', 'UID=1')], archives: [archive('ann')] };
const contradiction = [entry('ann', 'Bo Kim', 'UID=2')];

const examples: [sentence: string, given: Given, expected: string[]][] = [
  ['an entry that means nobody stored is created', { listing: [entry('ann')] }, ['create ann']],
  ['a directory that lists names alone', { users: [user('ann')], listing: [entry('Ann')] }, []],
  ['left out is cleared', { users: [user('ann', 'Ann')], listing: [entry('ann')] }, ['update ann by name']],
  [
    'a move to another branch',
    { users: [ann], listing: [entry('ann', 'Ann Lee', 'uid=1, dc=y', 'A@x')] },
    ['update ann by name'],
  ],
  [
    'only the spelling differs',
    { users: [ann], listing: [entry('ANN', 'Ann Lee', 'uid = 1, DC=X', 'A@x')] },
    [],
  ],
  [
    'renamed by DN',
    { users: [ann], archives: [archive('ann')], listing: [entry('eva', 'Ann Kim', 'UID=1,DC=x', 'a@x')] },
    ['rename ann > eva by distinguishedName'],
  ],
  [
    'full name and addresses both differ: in doubt',
    { users: [ann], listing: [entry('eva', 'Bo Kim', 'UID=1,DC=x', 'b@x')] },
    ['contradictsDn eva ? ann'],
  ],
  [
    'of who was gone, one that differs will do',
    { users: [gone(ann)], listing: [entry('eva', 'Bo Kim', 'UID=1,DC=x')] },
    ['contradictsDn eva ? ann'],
  ],
  [
    'swaps are applied together',
    {
      users: [user('a', null, 'UID=1'), user('b', null, 'UID=2')],
      listing: [entry('b', null, 'UID=1'), entry('a', null, 'UID=2')],
    },
    ['rename a > b by distinguishedName', 'rename b > a by distinguishedName'],
  ],
  [
    'a name handed on: rename and newcomer in one night',
    {
      users: [ann],
      archives: [archive('ann')],
      listing: [entry('eva', 'Ann Lee', 'UID=1,DC=x'), entry('ann', 'Bo', 'UID=2')],
    },
    ['create ann', 'rename ann > eva by distinguishedName'],
  ],
  ['a contradiction', { ...twoAnns, listing: contradiction }, ['contradictsName ann ? ann']],
  [
    'a DN that is the user name says nothing',
    { users: [user('ann', 'Ann Lee', 'UID=ann')], listing: [entry('ann', 'Ann Kim', 'UID=ann')] },
    ['contradictsName ann ? ann'],
  ],
  [
    'a shared word',
    { users: [user('al', 'Ann Lee')], listing: [entry('al', 'Ann Kim')] },
    ['update al by name'],
  ],
  [
    'an address that repeats the name',
    { users: [user('al', 'Ann Lee', null, 'al@x')], listing: [entry('al', 'Bo Kim', null, 'al@x')] },
    ['contradictsName al ? al'],
  ],
  [
    'an address that two entries have',
    {
      users: [user('al', 'Ann Lee', null, 'i@x')],
      listing: [entry('al', 'Bo Kim', null, 'i@x'), entry('b', null, null, 'i@x')],
    },
    ['contradictsName al ? al', 'create b'],
  ],
  [
    'another entry of any kind has the DN of the user',
    { users: [ann], listing: [entry('ann', 'Ann Lee'), entry('b', null, 'UID=1,DC=x')], outOfScope: ['b'] },
    ['contradictsName ann ? ann'],
  ],
  [
    'by DN again, among those left over',
    {
      users: [user('a', null, 'UID=1'), user('b', null, 'UID=1')],
      listing: [entry('b'), entry('c', null, 'UID=1')],
    },
    ['contradictsDn c ? a,b', 'contradictsName b ? b'],
  ],
  [
    'by DN again: the other user who has it was matched by name',
    {
      users: [user('a', null, 'UID=1'), user('b', null, 'UID=b'), user('d', null, 'UID=b')],
      listing: [entry('b'), entry('c', null, 'UID=b'), entry('a')],
    },
    ['rename d > c by distinguishedName', 'update a by name', 'update b by name'],
  ],
  [
    'integrated users are never changed',
    { users: [integrated(ann)], listing: [entry('ann')] },
    ['integrated ann'],
  ],
  ['deletion keeps mail', { users: [ann], archives: [archive('ann')] }, ['delete ann: kept ann']],
  [
    'and deletes an empty archive',
    { users: [ann], archives: [{ ...archive('ann', 'ann', 0), access: ['ann', 'eva'] }] },
    ['delete ann: deleted ann -eva'],
  ],
  [
    'out of scope is as if not listed',
    { users: [ann], listing: [entry('ann')], outOfScope: ['Ann'] },
    ['delete ann'],
  ],
  ['without the option they are reported', { users: [ann], options: keep }, ['gone ann']],
  ['an admin is never deleted', { users: [admin(ann)] }, ['admin ann']],
  ['an entry without a readable name', { users: [ann], listing: [entry(null)] }, ['skipped 1', 'unsure ann']],
  [
    'an entry with an unreadable DN',
    { users: [ann, user('bo')], listing: [badDn('bo')] },
    ['skipped 1', 'unsure ann'],
  ],
  [
    'the user of a skipped entry',
    { users: [ann, user('bo')], listing: [bad(entry('bo', null, 'UID=1,DC=x'))] },
    ['skipped 1', 'unsure ann'],
  ],
  [
    'an ambiguous name',
    { users: [ann], listing: [entry('ann', 'A'), entry('Ann', 'B')] },
    ['skipped 1', 'skipped 2'],
  ],
  ['the same entry twice', { listing: [entry('ann', 'A'), entry('Ann', 'A')] }, ['create Ann']],
  [
    'a chain whose end is taken stays',
    {
      users: [user('a', null, 'UID=1'), user('b', null, 'UID=2'), integrated(user('c'))],
      listing: [entry('b', null, 'UID=1'), entry('c', null, 'UID=2')],
    },
    ['nameTaken a', 'nameTaken b'],
  ],
  [
    'the archive of a user who stays takes its name',
    {
      users: [user('a'), user('b', null, 'UID=2')],
      archives: [archive('x', 'a')],
      listing: [entry('a'), entry('x', null, 'UID=2'), entry('y')],
    },
    ['create y', 'nameTaken b'],
  ],
  [
    'renames: false',
    { users: [ann], listing: [entry('eva', 'Ann', 'UID=1,DC=x')], options: { renames: false } },
    ['nameTaken ann', 'update ann by distinguishedName'],
  ],
  [
    'becoming ownerless where an archive comes: set aside',
    {
      users: [ann, user('b', null, 'UID=2')],
      archives: [archive('ann'), archive('b'), archive('ANN (until 2024-05-01)', null)],
      listing: [entry('ann', null, 'UID=2')],
    },
    ['delete ann: setAside ann (until 2024-05-01, 2)', 'rename b > ann by distinguishedName'],
  ],
  [
    'an ownerless archive with mail',
    { archives: [archive('ann', null)], listing: [entry('ann')] },
    ['ownerlessArchive ann ? '],
  ],
  [
    'whose last owner agrees',
    { archives: [last('ann', 'Ann Lee', 'UID=1')], listing: [entry('ann', 'Ann Lee', 'UID=1')] },
    ['create ann: takenOver ann'],
  ],
  [
    'whose last owner contradicts',
    { archives: [last('ann', 'Ann Lee', 'UID=1', 'a@x')], listing: [entry('ann', 'Bo', 'UID=2', 'a@x')] },
    ['ownerlessArchive ann ? '],
  ],
  [
    'takeOver: always',
    { archives: [archive('ann', null)], listing: [entry('ann')], options: { takeOver: 'always' } },
    ['create ann: takenOver ann'],
  ],
  [
    'an empty one is deleted',
    { archives: [archive('ann', null, 0)], listing: [entry('ann')] },
    ['create ann: deleted ann'],
  ],
  ['--same', { ...twoAnns, listing: contradiction, same: ['ANN'] }, ['update ann by same']],
  [
    '--new',
    { ...twoAnns, listing: contradiction, new: ['ann'], options: keep },
    ['create ann by new', 'delete ann by new: setAside ann (until 2024-05-01)'],
  ],
  [
    '--same of an archive',
    { archives: [archive('ann', null)], listing: [entry('ann')], same: ['a*'] },
    ['create ann by same: takenOver ann'],
  ],
  [
    '--new beside an archive',
    { archives: [archive('ann', null)], listing: [entry('ann')], new: ['ann'] },
    ['create ann by new: setAside ann (until 2024-05-01)'],
  ],
  ['never for an admin', { users: [admin(ann)], listing: contradiction, new: ['ann'] }, ['refused admin']],
  [
    'a NAME that is not in doubt',
    { ...twoAnns, listing: contradiction, same: ['bo'] },
    ['refused notInDoubt'],
  ],
  ['both answers', { ...twoAnns, listing: contradiction, same: ['ann'], new: ['ann'] }, ['refused both']],
  [
    'several may be meant',
    {
      users: [user('a', null, 'UID=1'), user('b', null, 'UID=1')],
      listing: [entry('c', 'Kim', 'UID=1')],
      same: ['c'],
    },
    ['refused several'],
  ],
  [
    'two that name one user',
    {
      users: [ann],
      listing: [entry('b', null, 'UID=1,DC=x'), entry('c', null, 'UID=1,DC=x')],
      same: ['b', 'c'],
    },
    ['refused sameUser'],
  ],
  [
    'one whose name is taken',
    { users: [ann, integrated(user('b'))], listing: [entry('b', 'Bo', 'UID=1,DC=x', 'q@x')], same: ['b'] },
    ['refused nameTaken'],
  ],
];

test.each(examples)('%s', (_, given, expected) => {
  const before = world(given);
  const copy = structuredClone(before);
  expect(told(predict(before))).toEqual(expected.toSorted());
  expect(before).toEqual(copy);
  const listing = before.listing.toReversed();
  if (
    listing.every(({ unreadable }) => unreadable === null) &&
    !expected.some((line) => line.startsWith('skipped'))
  ) {
    expect(told(predict({ ...before, listing, users: before.users.toReversed() }))).toEqual(
      expected.toSorted(),
    );
  }
  // "After a run without answers, the next one with the same listing plans nothing."
  if (before.answers.same.length + before.answers.new.length > 0) return;
  expect(predict({ ...before, ...predict(before).after }).changes).toEqual([]);
});

test('rename, deletion and takeover: the state after the run', () => {
  const shared = { ...archive('old', null), access: ['bo', 'eva'] };
  const before = world({
    users: [ann, user('bo', 'Bo', 'UID=2', 'b@x')],
    archives: [
      { ...archive('ann'), access: ['ann', 'bo'] },
      { ...archive('bo'), access: ['ann', 'bo'] },
      shared,
    ],
    listing: [entry('eva', 'Ann Lee', 'UID=1,DC=x'), entry('old', 'New')],
    options: { takeOver: 'always' },
  });
  const { after, changes } = predict(before);
  const renamed = user('eva', 'Ann Lee', 'UID=1,DC=x');
  expect(after.users).toEqual([renamed, user('old', 'New')]);
  expect(after.archives).toEqual([
    archive('eva'),
    { ...last('bo', 'Bo', 'UID=2', 'b@x'), access: ['eva'] },
    archive('old'),
  ]);
  expect(changes.at(-1)?.archive).toEqual({
    outcome: 'takenOver',
    name: 'old',
    messages: 1,
    accessEnded: ['bo', 'eva'],
  });
});
