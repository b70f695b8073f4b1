import type { Explanation } from '../core/explained.ts';
import type { Attempt } from '../core/attempted-run.ts';
import type { Block } from '../core/limits.ts';
import type { PlanItem, RunRecord } from '../core/plan.ts';
import type { About } from '../core/saved.ts';
import { safeJson, shellWord } from '../core/printable.ts';
import { skipText } from '../core/skip-reason.ts';
import { effectText } from './questions.ts';
import type { MakeFormat } from './format.ts';
import { identityText } from './identity-words.ts';
import { noticeText } from './notices.ts';
import { blockOption, blockText, remarkText } from './words.ts';

/** Raised when a member is removed or changes its meaning; new members may be added at any time. */
export const schemaVersion = 2;

const line = (value: object) => `${safeJson(value)}\n`;

/** The members of the first object of every stream. */
export interface StreamHeader {
  /** The command without options: `sync test`. */
  command: string;
  version: string;
  startedAt: Date;
}

export const jsonHeader = (header: StreamHeader) =>
  line({ type: 'header', tool: 'rollcall', schemaVersion, ...header });

/** How a command ends: the name and the number of its exit code. */
export interface End {
  outcome: string;
  exitCode: number;
}

/** The last object of a stream. */
export const jsonSummary = (counts: object, { outcome, exitCode }: End, durationMs: number) =>
  line({ type: 'summary', outcome, exitCode, counts, durationMs });

/** Why a command failed. */
export interface Failure extends End {
  /** The SQLSTATE or the code of the system; null if there is none. */
  code: string | null;
  message: string;
  /** What to do; null if the message says it. */
  hint: string | null;
  changed: boolean | 'unknown';
}

/** The last object of the stream of a command that failed. */
export const jsonError = ({ outcome, exitCode, code, message, hint, changed }: Failure) =>
  line({ type: 'error', outcome, exitCode, code, message, hint, changed });

/** A committed run always ended with `done`: other runs are not stored. */
export const jsonRun = ({ id, committedAt, ...record }: RunRecord) =>
  line({
    type: 'run',
    run: id,
    ...record,
    endedAt: committedAt,
    outcome: 'done',
    exitCode: 0,
    reasons: [],
  });

/** A run that failed or was blocked. */
export const jsonAttempt = (attempt: Attempt) => line({ type: 'attempt', ...attempt });

/** One object per line, each with a `type`: `header`, then the items, then `summary`. */
export const json: MakeFormat = () => ({
  isForMachines: true,
  header: ({ record: _, saved, ...header }) =>
    jsonHeader(saved === undefined ? header : Object.assign(header, { saved: savedMembers(saved) })),
  item: (item) => line(withWords(item)),
  omitted: () => '',
  summary: ({ outcome, exitCode, counts, blocks, held = null, firstDeletions = false, ...rest }) =>
    line({
      type: 'summary',
      outcome,
      exitCode,
      counts,
      blocked: blocks.length > 0,
      blocks: blocks.map(blockMembers),
      held: held && blockMembers(held),
      firstDeletions,
      committed: rest.committed,
      run: rest.run,
      durationMs: rest.durationMs,
    }),
});

/** Why a run is blocked. */
export function blockMembers(block: Block) {
  const { limit, changes, stored, exceeded } = block;
  return { limit, changes, stored, exceeded, option: blockOption(block), message: blockText(block) };
}

/** What is not in the header or the summary anyway. */
const savedMembers = ({
  createdAt,
  actor,
  scope,
  options,
  defaultPrivileges,
  schema,
  installation,
}: About) => ({
  ...{ createdAt, actor, scope, options, defaultPrivileges, schema, installation },
});

/** What is known about one person. */
export const jsonExplanation = (explanation: Explanation) => {
  const { identity, next } = explanation;
  return line({
    type: 'explanation',
    ...explanation,
    identity: { ...identity, message: identityText(explanation, (text) => text) },
    next: { blocks: next.blocks.map(blockMembers), items: next.items.map(withWords) },
  });
};

/** Adds a `message` for people; programs rely on the codes. */
export function withWords(item: PlanItem): object {
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
      const answers = item.answers.map(({ answer, effect }) => ({
        option: `--${answer} ${shellWord(item.userName)}`,
        effect,
        message: effectText(effect, item, asIs),
      }));
      return { ...item, answers };
    }
  }
}
