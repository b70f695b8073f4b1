import { beforeAll, expect, test } from 'vitest';
import type { Explanation, IdentityRule } from '../../src/core/explained.ts';
import { actions, noticeReasons, type Doubt, type Remark } from '../../src/core/plan.ts';
import { parseLines } from '../support/cli.ts';
import { codesOf, page, table } from './markdown.ts';
import { setScene } from './scenes.ts';

type Item = Record<string, unknown>;

const doubts = Object.keys({
  ...{ contradictsName: true, contradictsDn: true, ownerlessArchive: true },
} satisfies Record<Doubt['reason'], true>);
const remarks = Object.keys({
  ...{ sharedAddress: true, maybeSamePerson: true, oddAddress: true, accessReturns: true },
} satisfies Record<Remark['reason'], true>);

let items: Item[];

const separator = 'From x Thu Jan  1 00:00:00 2026';
/** A message to somebody who is not there yet, with a line that looks like a separator, and one that may be two. */
const mbox = [
  ...[separator, 'To: late@example.com', '', separator, 'text', ''],
  ...[separator, 'To: a@example.com', 'From -', 'To: b@example.com', ''],
].join('\\n');

const commands = [
  ...['sync test', 'history 1', 'users list', 'archives list', 'archives resolve ada.king@example.com'],
  ...['login barbara.liskov --password-stdin', 'directory check'],
].map((command) => `echo "$PASSWORD" | rollcall -q ${command} --format json`);
/** Each after the one before. */
const inTurn = [
  'rollcall -q explain grace.hopper --format json',
  `printf '${mbox}' | rollcall -q archives import - --format json 2> /dev/null`,
  `echo "$PASSWORD" | rollcall -q users add late --address late@example.com --password-stdin`,
  'rollcall -q archives reassign --format json',
  'rollcall -q users show nobody --format json 2> /dev/null || true',
  'rollcall -q sync now --min-overlap 100% > /dev/null || true',
  'rollcall -q status --format json || true',
  'rollcall -q history --format json',
  'rollcall -q history user late --format json',
  'rollcall -q history prune --keep 400d --dry-run --format json',
  'rollcall doctor --format json',
  'rollcall -q users remove late',
  'rollcall -q users forget late --format json',
];

beforeAll(async () => {
  const stage = await setScene('everything');
  const read = async (command: string) => {
    const { output } = await stage.type(command);
    return command.includes('json') ? parseLines(output) : [];
  };
  items = (await Promise.all(commands.map(read))).flat();
  for (const command of inTurn) items.push(...(await read(command)));
  await stage.close();
});

const rows = table('docs/json.md', '`type`').flatMap(([types = '', members = '']) =>
  codesOf(types).map((type) => ({ type, members })),
);

/** What stands outside of parentheses. */
const outside = (text: string) => text.replace(/\([^()]*\)/g, '');
/** What stands in the parentheses behind a member. */
const inside = (type: string, member: string) =>
  codesOf(
    new RegExp(`\`${member}\` \\(([^()]*)\\)`).exec(
      rows.find((row) => row.type === type)?.members ?? '',
    )?.[1] ?? '',
  );

test('the types are all there, and no others', () => {
  expect([...new Set(items.map(({ type }) => type))].toSorted()).toEqual(
    rows.map(({ type }) => type).toSorted(),
  );
});

test.each(rows)('$type has the members that the table gives it', ({ type, members }) => {
  const found = new Set(items.filter((item) => item['type'] === type).flatMap(Object.keys));
  found.delete('type');
  expect(codesOf(outside(members)).toSorted()).toEqual([...found].toSorted());
});

test('the codes are all there', () => {
  expect(inside('change', 'action').toSorted()).toEqual(actions.toSorted());
  expect(inside('notice', 'reason').toSorted()).toEqual(noticeReasons.toSorted());
  expect(inside('doubt', 'reason').toSorted()).toEqual(doubts.toSorted());
  expect(inside('remark', 'reason').toSorted()).toEqual(remarks.toSorted());
});

const rules = Object.keys({
  ...{ equal: true, byDn: true, byName: true, byDnAgain: true, 'doubt:contradictsName': true },
  ...{ 'doubt:contradictsDn': true, 'doubt:ownerlessArchive': true, new: true, nameTaken: true },
  ...{ integrated: true, skipped: true, outOfScope: true, absent: true, formerOwner: true },
} satisfies Record<IdentityRule, true>);
const loginReasons = Object.keys({
  ...{ directory: true, storedPassword: true, noUser: true, gone: true, noPrivilege: true, noPassword: true },
  ...{ fileDirectory: true },
} satisfies Record<Explanation['login']['reason'], true>);

test('the codes of an explanation are all there', () => {
  const text = page('docs/json.md').prose.join('\n');
  const told = (begins: string) =>
    codesOf(text.slice(text.indexOf(begins) + begins.length).split('\n\n')[0] ?? '');
  expect(told('The `rule` of an `identity`:')).toEqual(rules);
  expect(told('The `reason` of a `login` in an explanation:')).toEqual(loginReasons);
});

test('the counts are all there', () => {
  const text = page('docs/json.md').prose.join('\n');
  const told = codesOf(/The `counts` of a run:([^]*?)\n\n/.exec(text)?.[1] ?? '');
  const counts = items.find(({ type, committed }) => type === 'summary' && committed !== undefined)?.[
    'counts'
  ];
  expect(told).toEqual(Object.keys(counts as object));
});

test('the version is the one that is told', () => {
  const [{ schemaVersion } = {}] = items;
  expect(page('docs/json.md').prose.join('\n')).toContain(`\`schemaVersion\` (now ${Number(schemaVersion)})`);
});
