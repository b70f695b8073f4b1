import type { PlanItem } from '../core/plan.ts';
import { grouped, visible } from '../core/printable.ts';
import { skipText } from '../core/skip-reason.ts';
import { answerLines, evidenceLines, questionText } from './questions.ts';
import { isTest, type MakeFormat } from './format.ts';
import { noticeText } from './notices.ts';
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

/**
 * Escapes text from outside for a Markdown table with character references, which are never parsed as markup. GitHub
 * turns everything that starts with `www.` into a link.
 */
const show = (text: string) =>
  visible(text).replace(
    /[^\p{L}\p{M}\p{N} .,\-_=@]|_|(?<=www)\./giu,
    (char) => `&#${char.codePointAt(0) ?? 0};`,
  );

const row = (sign: string, name: string, ...what: string[]) =>
  `| ${sign} | ${name} | ${what.join('<br>')} |\n`;

/** For the summary page of a CI job. */
export const markdown: MakeFormat = () => ({
  isForMachines: false,
  header: (header) =>
    `### rollcall: ${show(titleOf(header))}\n\n` +
    `${[routeOf(header, show), ...savedLines(header, show)].join('\n\n')}\n\n| | User | |\n| --- | --- | --- |\n`,
  item: (item: PlanItem) => {
    switch (item.type) {
      case 'notice':
        return row(`! ${item.reason}`, show(item.userName), show(noticeText(item, (text) => text)));
      case 'skipped':
        return row(
          '! skipped',
          show(item.userName ?? ''),
          `entry ${item.number}: ${show(skipText(item.reason))}`,
        );
      case 'remark':
        return row('* remark', '', show(remarkText(item, (text) => text)));
      case 'doubt':
        return row(
          '? in doubt',
          show(item.userName),
          ...[questionText, evidenceLines, answerLines]
            .flatMap((words) => words(item, (text) => text))
            .map(show),
        );
      case 'change': {
        const { action, userName, before, after } = item;
        const sign = { create: '+', rename: '→', update: '~', delete: '-' }[action];
        const state = action === 'create' ? after : action === 'delete' ? before : null;
        return row(
          `${sign} ${action}`,
          show(userName),
          ...(state === null ? differences(item, show) : [describe(state, show)]),
          ...(action === 'rename' ? [`to ${show(after?.userName ?? '')}`] : []),
          ...changeNotes(item, show),
        );
      }
    }
  },
  omitted: (n) => row('', `… and ${grouped(n)} more`),
  summary: (summary) => {
    const { blocks, held, saved } = summary;
    const toDo = isTest(summary) ? toCommit(summary).map((text) => text.replace(/: (.*)/s, ': `$1`')) : [];
    const others = otherCounts(summary);
    const times = saved === undefined ? [timesText(summary)] : [];
    return [
      '',
      ...blocks.map((block) => `**Blocked:** ${show(blockText(block))}.`),
      ...(held ? [`**Held:** ${show(blockText(held))}.`] : []),
      [`**${verdict(summary)}**`, ...(others === '' ? [] : [`${others}.`]), ...times].join(' '),
      ...undoAdvice(summary).map(show),
      ...remindersOf(summary),
      ...toDo,
      '',
    ]
      .join('\n\n')
      .replace(/^\n/, '');
  },
});
