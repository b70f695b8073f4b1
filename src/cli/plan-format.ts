import type { Format } from '../report/format.ts';
import { formats, type FormatName } from '../report/formats.ts';
import { terminalWidth, type Terminal } from './terminal.ts';

/** Opens a format for a plan, as it looks best where the result goes. */
export async function openFormat(name: FormatName, toFile: boolean, terminal: Terminal): Promise<Format> {
  const format = (await formats[name]())(await terminal.paint(toFile));
  const width = terminalWidth();
  if (name !== 'text' || toFile || width === null) return format;
  const { folded } = await import('../report/fold.ts');
  return folded(format, width);
}
