import type { Attempt, AttemptReason, Untold } from '../core/attempted-run.ts';
import type { RunRecord } from '../core/plan.ts';
import { cut, visible } from '../core/printable.ts';
import { momentText } from './moment.ts';
import { changeCounts } from './words.ts';

const listLine = (number: string, at: Date, actor: string, what: string) =>
  `${number.padStart(6)}  ${momentText(at)}  ${visible(actor)}  ${what}`;

/** A committed run in one line of a list. */
export const runLine = ({ id, committedAt, actor, counts, undoes, untold }: RunRecord): string =>
  listLine(
    String(id),
    committedAt,
    actor,
    `${changeCounts(counts, true) || 'no changes'}${undoes === null ? '' : ` (undo of run ${undoes})`}${untoldText(untold)}`,
  );

/** A run that failed or was blocked in one line of the same list. It has no number. */
export function attemptLine({ endedAt, actor, command, outcome, reasons, untold }: Attempt): string {
  return listLine('-', endedAt, actor, `${command} ${outcome}: ${reasonsText(reasons)}${untoldText(untold)}`);
}

export const untoldText = (untold: Untold[] | null) =>
  (untold ?? []).map(({ what, message }) => `; after.${what} failed: ${stillVisible(message)}`).join('');

/** Why a run failed or was blocked, in one line. */
export function reasonsText(reasons: AttemptReason[]): string {
  return stillVisible(cut(reasons.map(({ message }) => message.replace(/\s+/g, ' ')).join('; '), 300));
}

/** A message was made safe when it was worded, and its backslashes doubled: once is enough. */
const stillVisible = (message: string) => message.split('\\').map(visible).join('\\');
