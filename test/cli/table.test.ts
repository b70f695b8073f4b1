import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { tableLines } from '../../src/cli/table.ts';

const columns = { name: ([name = '']: string[]) => name, what: ([, what = '']: string[]) => what };

async function linesOf(rows: string[][], most: number | null): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of tableLines(rows, columns, most)) lines.push(line);
  return lines;
}

test('columns are as wide as their values, and a very long one moves only its own line', async () => {
  const long = 'x'.repeat(51);
  expect(
    await linesOf(
      [
        ['a', '1'],
        ['山田', '2'],
        [long, '3'],
        ['b', ''],
      ],
      null,
    ),
  ).toEqual([
    `name${' '.repeat(36)}  what`,
    `a${' '.repeat(39)}  1`,
    `山田${' '.repeat(36)}  2`,
    `${long}  3`,
    'b',
  ]);
});

test.each([20, 30, 80])(
  'a terminal of %i columns is never exceeded, and nothing runs into the next column',
  async (most) => {
    const rows = [
      ['x'.repeat(51), 'y'.repeat(51)],
      ['山'.repeat(40), '田'.repeat(40)],
      ['a', 'b'],
    ];
    const lines = await linesOf(rows, most);
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(most);
    for (const line of lines.slice(0, 3)) expect(line).toMatch(/\S {2,}\S/);
    expect(lines.slice(1, 3).every((line) => line.split('…').length === 3)).toBe(true);
  },
);

test('what a terminal might act on is shown', async () => {
  expect(await linesOf([['\u001b[2J', 'a\nb']], null)).toContain('\\u{1b}[2J  a\\u{a}b');
});

test('the first line does not wait for the last one', async () => {
  let read = 0;
  const rows = Array.from({ length: 100_000 }, (_, i) => [String(i)]);
  const counting = { name: ([name = '']: string[]) => (read++, name) };
  const lines = tableLines(rows, counting, 80);
  await lines.next();
  await lines.next();
  expect(read).toBeLessThan(2_000);
});
