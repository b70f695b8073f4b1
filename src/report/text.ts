import type { ChalkInstance } from 'chalk';
import { sizesOf, type Change, type Counts, type Doubt, type PlanItem } from '../core/plan.ts';
import { cut, grouped, visible } from '../core/printable.ts';
import { skipText } from '../core/skip-reason.ts';
import { answerLines, evidenceLines, questionText } from './questions.ts';
import { isTest, type MakeFormat } from './format.ts';
import { noticeText, noticeWords } from './notices.ts';
import {
  blockText,
  changeNotes,
  describe,
  differences,
  otherCounts,
  remarkText,
  remindersOf,
  routeOf,
  savedLines,
  timesText,
  titleOf,
  toCommit,
  undoAdvice,
  verdict,
} from './words.ts';

/** A name or another value, cut to a readable length; JSON has all of it. */
const shown = (text: string) => visible(cut(text, 200));

const wordWidth = 10;
const nameWidth = 24;
const indent = ' '.repeat(4 + wordWidth + nameWidth);

/** Where a line that is too long goes on. */
export function indentation(line: string): number {
  if (/^ {2}\*/.test(line)) return 4 + wordWidth;
  return line.startsWith('  ') ? indent.length : 0;
}

/** For people and terminals. Color never carries meaning alone: a sign and a word say the same. */
export const text: MakeFormat = (paint) => {
  let widthOf = ({ length }: string) => length;
  const pad = (name: string) => name + ' '.repeat(Math.max(1, nameWidth - widthOf(name)));
  const line = (
    color: ChalkInstance,
    sign: string,
    word: string,
    name: string,
    what: string,
    more: string[] = [],
  ) =>
    [
      `  ${color(`${sign} ${word.padEnd(wordWidth - 1)}`)} ${what === '' ? name : pad(name)}${what}`,
      ...more.map((extra) => `${indent}${extra}`),
    ].join('\n') + '\n';

  const change = (item: Change): string => {
    const name = shown(item.userName);
    const notes = changeNotes(item, shown).map((note) => paint.yellow(note));
    switch (item.action) {
      case 'create':
        return line(paint.green, '+', 'create', name, item.after ? describe(item.after, shown) : '', notes);
      case 'delete':
        return line(paint.red, '-', 'delete', name, item.before ? describe(item.before, shown) : '', notes);
      case 'rename': {
        const to = `to ${shown(item.after?.userName ?? '')}`;
        return line(paint.cyan, '→', 'rename', name, to, [...differences(item, shown), ...notes]);
      }
      case 'update': {
        const [first = '', ...rest] = [...differences(item, shown), ...notes];
        return line(paint.yellow, '~', 'update', name, first, rest);
      }
    }
  };

  const doubt = (item: Doubt): string =>
    line(paint.magenta, '?', 'in doubt', shown(item.userName), questionText(item, shown), [
      ...evidenceLines(item, shown),
      ...answerLines(item, shown).map((answer) => paint.bold(answer)),
    ]);

  const print = (item: PlanItem) => {
    switch (item.type) {
      case 'change':
        return change(item);
      case 'doubt':
        return doubt(item);
      case 'notice':
        return line(
          paint.magenta,
          '!',
          noticeWords[item.reason],
          shown(item.userName),
          noticeText(item, shown),
        );
      case 'remark':
        return `  ${paint.yellow('* remark')}    ${remarkText(item, shown)}\n`;
      case 'skipped': {
        const why = skipText(item.reason);
        return item.userName === null
          ? line(paint.magenta, '!', 'skipped', `entry ${item.number}`, why)
          : line(paint.magenta, '!', 'skipped', shown(item.userName), `entry ${item.number}: ${why}`);
      }
    }
  };

  return {
    isForMachines: false,
    header: (header) =>
      [
        `${paint.bold(`${titleOf(header)}.`)} ${routeOf(header, visible)}`,
        ...savedLines(header, visible),
        '\n',
      ].join('\n'),
    item: async (item) => {
      // Its expressions take longer to load than a small plan takes to print.
      if (!isPlain(item)) widthOf = (await import('string-width')).default;
      return print(item);
    },
    omitted: (n) => `    … and ${grouped(n)} more (--all shows them)\n`,
    summary: (summary) => {
      const { counts, blocks, held, saved } = summary;
      const lines = [...(hasItems(counts) ? [''] : [])];
      for (const block of blocks) lines.push(paint.red(`Blocked: ${blockText(block)}.`));
      if (held) lines.push(paint.yellow(`Held: ${blockText(held)}.`));
      lines.push(paint.bold(verdict(summary)), ...sentence(otherCounts(summary)));
      if (saved === undefined) lines.push(timesText(summary));
      lines.push(...undoAdvice(summary), ...remindersOf(summary));
      if (isTest(summary)) {
        const toDo = [
          ...(saved === undefined ? ['This was a test: nothing was changed.'] : []),
          ...toCommit(summary),
        ];
        if (toDo.length > 0) lines.push(toDo.join(' '));
      }
      return `${lines.join('\n')}\n`;
    },
  };
};

/** Whether each character of the name has the width of one column. */
const isPlain = (item: PlanItem) => item.type === 'remark' || /^[ -~]*$/.test(item.userName ?? '');

const sentence = (text: string) => (text === '' ? [] : [`${text}.`]);

const hasItems = (counts: Counts) => Object.values(sizesOf(counts)).some((size) => size > 0);
