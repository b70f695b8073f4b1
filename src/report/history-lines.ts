import type { Attempt } from '../core/attempted-run.ts';
import type { RunRecord } from '../core/plan.ts';
import { cut, visible } from '../core/printable.ts';
import { momentText } from './moment.ts';
import { changeCounts } from './words.ts';

const listLine = (number: string, at: Date, actor: string, what: string) =>
  `${number.padStart(6)}  ${momentText(at)}  ${visible(actor)}  ${what}`;

/** A committed run in one line of a list. */
export const runLine = ({ id, committedAt, actor, counts, undoes }: RunRecord): string =>
  listLine(
    String(id),
    committedAt,
    actor,
    `${changeCounts(counts, true) || 'no changes'}${undoes === null ? '' : ` (undo of run ${undoes})`}`,
  );

/** A run that failed or was blocked in one line of the same list. It has no number. */
export function attemptLine({ endedAt, actor, command, outcome, reasons }: Attempt): string {
  const why = reasons.map(({ message }) => message.replace(/\s+/g, ' ')).join('; ');
  return listLine('-', endedAt, actor, `${command} ${outcome}: ${stillVisible(cut(why, 300))}`);
}

/** A message was made safe when it was worded, and its backslashes doubled: once is enough. */
const stillVisible = (message: string) => message.split('\\').map(visible).join('\\');
