import { stripVTControlCharacters } from 'node:util';
import wrapAnsi from 'wrap-ansi';
import type { Format } from './format.ts';
import { indentation } from './text.ts';

/** What follows a fold is at least this wide, or it starts further left. */
const narrowest = 24;

/** A format whose lines are folded between words, at the width of the terminal. */
export function folded(format: Format, width: number): Format {
  const fold = (text: string) =>
    text
      .split('\n')
      .map((line) => foldLine(line, width))
      .join('\n');
  return {
    isForMachines: format.isForMachines,
    header: (header) => fold(format.header(header)),
    item: async (item) => fold(await format.item(item)),
    omitted: (count) => fold(format.omitted(count)),
    summary: (summary) => fold(format.summary(summary)),
  };
}

/**
 * Folds a line between words.
 *
 * @param wanted the column at which it goes on
 */
export function foldLine(
  line: string,
  width: number,
  wanted = indentation(stripVTControlCharacters(line)),
): string {
  // A command would be pasted as two.
  if (/\brollcall |--\w/.test(line)) return line;
  const [first = '', ...more] = wrapAnsi(line, width, { trim: false }).split('\n');
  if (more.length === 0) return line;
  const hang = width - wanted < narrowest ? Math.min(wanted, 4) : wanted;
  const rest = wrapAnsi(more.join('').trimStart(), width - hang).split('\n');
  return [first.trimEnd(), ...rest.map((part) => ' '.repeat(hang) + part)].join('\n');
}
