import { beforeAll, expect, test } from 'vitest';
import { actions, noticeReasons, type Doubt, type Remark } from '../../src/core/plan.ts';
import { parseLines } from '../support/cli.ts';
import { codesOf, page, table } from './markdown.ts';
import { setScene } from './scenes.ts';

type Item = Record<string, unknown>;

const doubts = Object.keys({
  ...{ contradictsName: true, contradictsDn: true, ownerlessArchive: true },
} satisfies Record<Doubt['reason'], true>);
const remarks = Object.keys({
  ...{ sharedAddress: true, maybeSamePerson: true, oddAddress: true },
} satisfies Record<Remark['reason'], true>);

let items: Item[];

const commands = [
  ...['sync test', 'history 1', 'users list', 'archives list', 'archives resolve ada.king@example.com'],
  // What they read is the password, which is as good as any message.
  ...['login barbara.liskov --password-stdin', 'archives import -'],
];

beforeAll(async () => {
  const stage = await setScene('everything');
  const outputs = await Promise.all(
    commands.map(async (command) => {
      const { output } = await stage.type(`echo "$PASSWORD" | rollcall -q ${command} --format json`);
      return parseLines(output);
    }),
  );
  items = outputs.flat();
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
