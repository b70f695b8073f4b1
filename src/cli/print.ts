import { safeJson, visible } from '../core/text.ts';
import { schemaVersion } from '../report/json.ts';
import { Sink } from './terminal.ts';

/** Prints a list: one JSON object per line with its `type`, or a table with these columns. */
export async function printList<T extends object>(
  items: T[],
  format: 'text' | 'json',
  type: string,
  columns: Record<string, (item: T) => string>,
): Promise<void> {
  const sink = await Sink.open();
  if (format === 'json') {
    await sink.write(`${safeJson({ type: 'header', tool: 'rollcall', schemaVersion })}\n`);
    for (const item of items) await sink.write(`${safeJson({ type, ...item })}\n`);
    return;
  }
  if (items.length === 0) return;
  const { default: Table } = await import('cli-table3');
  const table = new Table({
    head: Object.keys(columns),
    chars: noBorders,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
  });
  for (const item of items) table.push(Object.values(columns).map((of) => visible(of(item))));
  await sink.write(`${table.toString().replace(/ +$/gm, '')}\n`);
}

const noBorders = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ].map((name) => [name, '']),
);

/** A line that says what was done. */
export async function say(line: string): Promise<void> {
  await (await Sink.open()).write(`${line}\n`);
}
