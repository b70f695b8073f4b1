import { safeJson } from '../core/printable.ts';

/** How much a line on standard error matters. */
export type Level = 'error' | 'warning' | 'info' | 'debug';

let isJson = false;

/** Chooses the format from the words of the command line, because a mistake in them is logged, too. */
export function chooseLogFormat(argv: readonly string[]): void {
  const last = argv.lastIndexOf('--log-format');
  isJson = (last >= 0 && argv[last + 1] === 'json') || argv.includes('--log-format=json');
}

/** Whether standard error is JSON, and so must have nothing but lines of it. */
export const isLogJson = () => isJson;

/** What waits; null when everything is printed at once. */
let held: string[] | null = null;

/** From here on, what is logged waits for `releaseLog`. An error releases it, too, and what still waits at the end is dropped. */
export const holdLog = () => (held ??= []);

export function releaseLog(): void {
  const lines = held ?? [];
  held = null;
  lines.forEach((line) => process.stderr.write(line));
}

/**
 * Prints on standard error: as text, each line with the name of the program, or as a JSON object for each line.
 *
 * @param message safe for a terminal
 * @param more members of the JSON object only
 */
export function log(level: Level, message: string, more: object = {}): void {
  if (level === 'error') releaseLog();
  const prefix = level === 'warning' ? 'rollcall: warning: ' : 'rollcall: ';
  for (const line of message.split('\n')) {
    const printed = isJson
      ? `${safeJson({ time: new Date(), level, message: line, ...more })}\n`
      : `${prefix}${line}\n`;
    if (held === null) process.stderr.write(printed);
    else held.push(printed);
  }
}
