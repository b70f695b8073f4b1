import { stat } from 'node:fs/promises';
import type { Finding } from '../../core/finding.ts';
import { count, visible } from '../../core/printable.ts';
import { warning } from './verdicts.ts';

const day = 86_400_000;
/** An export of every night that failed twice. */
const old = 2 * day;

/** A listing that nobody seems to write any more; a pipe has no age. */
export async function ageFindings(check: string, file: string): Promise<Finding[]> {
  const stats = await stat(file).catch(() => null);
  const age = stats?.isFile() ? Date.now() - stats.mtimeMs : 0;
  if (age <= old) return [];
  const date = new Date(Date.now() - age).toISOString().slice(0, 10);
  const said = `${visible(file)} was last written ${count(Math.floor(age / day), 'day')} ago, on ${date}`;
  return [warning(check, said, 'look at the export that writes it: it may have stopped')];
}
