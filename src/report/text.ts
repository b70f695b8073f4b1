import type { ChalkInstance } from 'chalk';
import stringWidth from 'string-width';
import { changesOf, type Change, type PlanItem } from '../core/plan.ts';
import { cut, visible } from '../core/text.ts';
import type { Format } from './report.ts';
import { archiveNote, describe, differences, otherCounts, verdict } from './words.ts';

/** A name or a field; all of it stands in JSON. */
const shown = (text: string) => visible(cut(text, 200));

const nameWidth = 24;
const pad = (name: string) => name + ' '.repeat(Math.max(1, nameWidth - stringWidth(name)));
const indent = ' '.repeat(4 + 'protected '.length);

/** For people and terminals. Everything that colour says, a sign and a word say, too. */
export function text(paint: ChalkInstance): Format {
  const line = (
    color: ChalkInstance,
    sign: string,
    word: string,
    name: string,
    what: string,
    more: string[] = [],
  ) =>
    [
      `  ${color(`${sign} ${word.padEnd('protected'.length)}`)} ${what === '' ? name : pad(name)}${what}`,
      ...more.map((extra) => `${indent}${' '.repeat(nameWidth)}${extra}`),
    ].join('\n') + '\n';

  const change = (item: Change): string => {
    const name = shown(item.userName);
    const note = archiveNote(item);
    const notes = note === null ? [] : [paint.yellow(note)];
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
        const [first = '', ...rest] = differences(item, shown);
        return line(paint.yellow, '~', 'update', name, first, rest);
      }
    }
  };

  return {
    header: ({ mode, directory, database }) => {
      const between = `${visible(directory)} → ${visible(database)}`;
      return mode === 'test'
        ? `${paint.bold('Test: nothing is changed.')} ${between}\n\n`
        : `${paint.bold('Synchronization.')} ${between}\n\n`;
    },
    item: (item: PlanItem) => {
      if (item.type === 'change') return change(item);
      if (item.type === 'notice')
        return line(paint.magenta, '!', item.kind, shown(item.userName), visible(item.message));
      const name = item.userName === null ? `entry ${item.number}` : shown(item.userName);
      const what =
        item.userName === null ? visible(item.reason) : `entry ${item.number}: ${visible(item.reason)}`;
      return line(paint.magenta, '!', 'skipped', name, what);
    },
    omitted: (n) => `    … and ${n.toLocaleString('en-US')} more (--all shows them)\n`,
    summary: (summary) => {
      const { mode, counts, blocks, next } = summary;
      const lines = [...(changesOf(counts) > 0 || hasItems(summary.counts) ? [''] : [])];
      for (const { message } of blocks) lines.push(paint.red(`Blocked: ${message}.`));
      lines.push(paint.bold(verdict(summary)), `${otherCounts(counts)}.`);
      if (mode === 'test') {
        const toDo = blocks.length > 0 || changesOf(counts) === 0 ? '' : ` To commit it: ${next}`;
        lines.push(`This was a test: nothing was changed.${toDo}`);
      }
      return `${lines.join('\n')}\n`;
    },
  };
}

const hasItems = (counts: { skipped: number; kept: number; conflicts: number; protected: number }) =>
  counts.skipped + counts.kept + counts.conflicts + counts.protected > 0;
