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

/**
 * Prints on standard error: as text, each line with the name of the program, or as a JSON object for each line.
 *
 * @param message safe for a terminal
 * @param more members of the JSON object only
 */
export function log(level: Level, message: string, more: object = {}): void {
  const prefix = level === 'warning' ? 'rollcall: warning: ' : 'rollcall: ';
  for (const line of message.split('\n')) {
    process.stderr.write(
      isJson ? `${safeJson({ time: new Date(), level, message: line, ...more })}\n` : `${prefix}${line}\n`,
    );
  }
}
