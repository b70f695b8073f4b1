import type { Outcome } from '../core/errors.ts';
import { safeJson, visible } from '../core/text.ts';
import { jsonHeader, jsonSummary, type StreamHeader } from '../report/json.ts';
import { version } from '../version.ts';
import { Sink } from './terminal.ts';

/** What a command says of itself in JSON. */
export const streamHeader = (command: string): StreamHeader => ({ command, version, startedAt });

const startedAt = new Date();

/** Prints what a command has found as JSON: a header, the items, a summary. */
export async function printJson(command: string, items: object[], outcome?: Outcome): Promise<void> {
  const sink = await Sink.open();
  await sink.write(jsonHeader(streamHeader(command)));
  for (const item of items) await sink.write(`${safeJson(item)}\n`);
  await sink.write(jsonSummary({ items: items.length }, outcome));
}

/** Prints a list: JSON objects with their `type`, or a table with these columns. */
export async function printList<T extends object>(
  command: string,
  items: T[],
  format: 'text' | 'json',
  type: string,
  columns: Record<string, (item: T) => string>,
): Promise<void> {
  if (format === 'json') {
    await printJson(
      command,
      items.map((item) => ({ type, ...item })),
    );
    return;
  }
  if (items.length === 0) return;
  const sink = await Sink.open();
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
