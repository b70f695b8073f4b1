import type { Outcome } from '../core/errors.ts';
import { safeJson, visible } from '../core/printable.ts';
import { jsonHeader, jsonSummary, type End, type StreamHeader } from '../report/json.ts';
import { version } from '../files/assets.ts';
import { exitCodes } from './exit-codes.ts';
import { Sink } from './sink.ts';

/** The header of a command's JSON output. */
export const streamHeader = (command: string): StreamHeader => ({ command, version, startedAt });

const startedAt = new Date();

/** An outcome with its exit code. */
export const endOf = (outcome: Outcome): End => ({ outcome, exitCode: exitCodes[outcome].code });

/** Prints the result of a command as JSON: a header, the items, a summary. */
export async function printJson(command: string, items: object[], outcome: Outcome = 'done'): Promise<void> {
  const sink = await Sink.open();
  await sink.write(jsonHeader(streamHeader(command)));
  for (const item of items) await sink.write(`${safeJson(item)}\n`);
  await sink.write(jsonSummary({ items: items.length }, endOf(outcome)));
}

/** How to print a list: the `type` of its items in JSON, and the columns of a table. */
export interface Listed<T> {
  type: string;
  columns: Record<string, (item: T) => string>;
}

/** Prints a list as JSON objects with their `type`, or as a table. */
export async function printList<T extends object>(
  command: string,
  items: T[],
  format: 'text' | 'json',
  { type, columns }: Listed<T>,
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

/** Prints one line about what was done. */
export async function say(line: string): Promise<void> {
  await (await Sink.open()).write(`${line}\n`);
}
