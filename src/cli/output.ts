import type { Outcome } from '../core/errors.ts';
import { safeJson } from '../core/printable.ts';
import { jsonHeader, jsonSummary, type End, type StreamHeader } from '../report/json.ts';
import { version } from '../files/assets.ts';
import { exitCodes } from './exit-codes.ts';
import { Sink } from './sink.ts';
import { tableLines, type Columns } from './table.ts';
import { terminalWidth } from './terminal.ts';

/** The header of a command's JSON output. */
export const streamHeader = (command: string): StreamHeader => ({ command, version, startedAt });

const startedAt = new Date();

/** How long the command has run, in milliseconds. */
export const elapsed = () => Date.now() - startedAt.getTime();

/** An outcome with its exit code. */
export const endOf = (outcome: Outcome): End => ({ outcome, exitCode: exitCodes[outcome].code });

/** Prints the result of a command as JSON: a header, the items, a summary. */
export async function printJson(command: string, items: object[], outcome: Outcome = 'done'): Promise<void> {
  const sink = await Sink.open();
  await sink.write(jsonHeader(streamHeader(command)));
  for (const item of items) await sink.write(`${safeJson(item)}\n`);
  await sink.write(jsonSummary({ items: items.length }, endOf(outcome), elapsed()));
}

/** How to print a list: the `type` of its items in JSON, and the columns of a table. */
export interface Listed<T> {
  type: string;
  columns: Columns<T>;
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
  for await (const line of tableLines(items, columns, terminalWidth())) await sink.write(`${line}\n`);
}

/** Prints one line about what was done. */
export async function say(line: string): Promise<void> {
  await (await Sink.open()).write(`${line}\n`);
}
