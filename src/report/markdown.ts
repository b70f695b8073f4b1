import type { PlanItem } from '../core/plan.ts';
import { changesOf } from '../core/plan.ts';
import { visible } from '../core/text.ts';
import type { Format } from './report.ts';
import { archiveNote, describe, differences, otherCounts, verdict } from './words.ts';

/** Text from outside as plain text of a Markdown table: a reference is never taken for markup. */
const show = (text: string) =>
  visible(text).replace(/[^\p{L}\p{M}\p{N} .,\-_=@]|_/gu, (char) => `&#${char.codePointAt(0) ?? 0};`);

const row = (sign: string, name: string, what: string) => `| ${sign} | ${name} | ${what} |\n`;

/** For the summary page of a CI job. */
export const markdown: Format = {
  header: ({ mode, directory, database }) =>
    `### rollcall: ${mode === 'test' ? 'test, nothing is changed' : 'synchronization'}\n\n` +
    `${show(directory)} → ${show(database)}\n\n| | User | |\n| --- | --- | --- |\n`,
  item: (item: PlanItem) => {
    if (item.type === 'notice') return row(`! ${item.kind}`, show(item.userName), show(item.message));
    if (item.type === 'skipped') {
      return row('! skipped', show(item.userName ?? ''), `entry ${item.number}: ${show(item.reason)}`);
    }
    const { action, userName, before, after } = item;
    const sign = { create: '+', rename: '→', update: '~', delete: '-' }[action];
    const state = action === 'create' ? after : action === 'delete' ? before : null;
    const what = [
      ...(state === null ? differences(item, show) : [describe(state, show)]),
      ...(action === 'rename' ? [`to ${show(after?.userName ?? '')}`] : []),
      archiveNote(item),
    ];
    return row(`${sign} ${action}`, show(userName), what.filter((part) => part !== null).join('<br>'));
  },
  omitted: (n) => row('', `… and ${n.toLocaleString('en-US')} more`, ''),
  summary: (summary) => {
    const { mode, counts, blocks, next } = summary;
    const toDo =
      mode === 'test' && blocks.length === 0 && changesOf(counts) > 0 ? [`To commit it: \`${next}\``] : [];
    return [
      '',
      ...blocks.map(({ message }) => `**Blocked:** ${message}.`),
      `**${verdict(summary)}** ${otherCounts(counts)}.`,
      ...toDo,
      '',
    ]
      .join('\n\n')
      .replace(/^\n/, '');
  },
};
