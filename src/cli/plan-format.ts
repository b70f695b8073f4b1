import type { Format } from '../report/format.ts';
import { formats, type FormatName } from '../report/formats.ts';
import { terminalWidth, type Terminal } from './terminal.ts';

/** Where a plan is printed, and how much of it. */
export interface PlanOptions {
  format: FormatName;
  output?: string | undefined;
  all?: true | undefined;
}

/**
 * Opens the format that the options of a command ask for.
 *
 * @returns also the most items of each sort to print, null for all, and whether the result goes to a file
 */
export async function openPlanFormat({ format: name, output, all }: PlanOptions, terminal: Terminal) {
  const isInFile = output !== undefined && output !== '-';
  const format = await openFormat(name, isInFile, terminal);
  return { format, isInFile, most: all === true || format.isForMachines ? null : 20 };
}

/** Opens a format for a plan, as it looks best where the result goes. */
export async function openFormat(name: FormatName, toFile: boolean, terminal: Terminal): Promise<Format> {
  const format = (await formats[name]())(await terminal.paint(toFile));
  const width = terminalWidth();
  if (name !== 'text' || toFile || width === null) return format;
  const { folded } = await import('../report/fold.ts');
  return folded(format, width);
}
