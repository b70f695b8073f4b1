import type { Limit, Overlap } from '../core/limits.ts';
import { shellWord } from '../core/printable.ts';
import { limitOptions } from '../report/words.ts';

/** Options that apply to one run and must be repeated on the next command line. */
export interface RunOptions {
  config?: string | undefined;
  maxDeletes?: Limit | undefined;
  maxUpdates?: Limit | undefined;
  maxRenames?: Limit | undefined;
  maxCreates?: Limit | undefined;
  minOverlap?: Overlap | undefined;
  acceptMissing?: readonly string[] | undefined;
  same?: readonly string[] | undefined;
  new?: readonly string[] | undefined;
}

/**
 * What to type after a test: another command with the same options.
 *
 * @param command without the program; an applied plan has its answers already
 */
export function nextCommand(command: string, given: RunOptions): string {
  const { config, maxDeletes, maxUpdates, maxRenames, maxCreates, minOverlap, acceptMissing } = given;
  return [
    `rollcall ${command}`,
    ...words('--config', config === undefined ? [] : [config]),
    ...limit(limitOptions.deletions, maxDeletes),
    ...limit(limitOptions.updates, maxUpdates),
    ...limit(limitOptions.renames, maxRenames),
    ...limit(limitOptions.creations, maxCreates),
    ...(minOverlap ? [`--min-overlap ${minOverlap.percent}%`] : []),
    ...words('--accept-missing', acceptMissing),
    ...(command.startsWith('plan') ? [] : [...words('--same', given.same), ...words('--new', given.new)]),
  ].join(' ');
}

const limit = (option: string, given: Limit | undefined) =>
  given === undefined
    ? []
    : [`${option} ${given.percent === null ? String(given.count) : `${given.percent}%`}`];

const words = (option: string, given: readonly string[] = []) =>
  given.map((word) => `${option} ${shellWord(word)}`);
