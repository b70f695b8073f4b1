import { exitCodes, type Outcome } from '../core/errors.ts';
import type { PlanItem } from '../core/plan.ts';
import { safeJson, shellWord } from '../core/text.ts';
import { effectText } from './questions.ts';
import type { Format } from './report.ts';
import { blockOption, blockText, noticeText, remarkText, skipText } from './words.ts';

/** Raised when a member changes its meaning or goes; new members may come at any time. */
export const schemaVersion = 2;

const line = (value: object) => `${safeJson(value)}\n`;

/** What the first object of every stream says. */
export interface StreamHeader {
  /** As it was typed, without options. */
  command: string;
  version: string;
  startedAt: Date;
}

export const jsonHeader = (header: StreamHeader) =>
  line({ type: 'header', tool: 'rollcall', schemaVersion, ...header });

/** The last object of a stream of results. */
export const jsonSummary = (counts: object, outcome: Outcome = 'done') =>
  line({ type: 'summary', outcome, exitCode: exitCodes[outcome].code, counts });

/** One object per line, each with a `type`: `header`, then the items, then `summary`. */
export const json: Format = {
  header: (header) => jsonHeader(header),
  item: (item) => line(withWords(item)),
  omitted: () => '',
  summary: ({ outcome, exitCode, counts, blocks, committed, run, durationMs }) =>
    line({
      type: 'summary',
      outcome,
      exitCode,
      counts,
      blocked: blocks.length > 0,
      blocks: blocks.map((block) => {
        const { limit, changes, stored, exceeded } = block;
        return { limit, changes, stored, exceeded, option: blockOption(block), message: blockText(block) };
      }),
      committed,
      run,
      durationMs,
    }),
};

/** Codes are the contract; `message` is for whoever reads along. */
function withWords(item: PlanItem): object {
  const asIs = (text: string) => text;
  switch (item.type) {
    case 'change':
      return item;
    case 'notice':
      return { ...item, message: noticeText(item, asIs) };
    case 'remark':
      return { ...item, message: remarkText(item, asIs) };
    case 'skipped': {
      const { code: reason, ...data } = item.reason;
      return { ...item, reason, data, message: skipText(item.reason) };
    }
    case 'doubt': {
      const answers = item.answers.map(({ option, effect }) => ({
        option: `${option} ${shellWord(item.userName)}`,
        effect,
        message: effectText(effect, item, asIs),
      }));
      return { ...item, answers };
    }
  }
}
