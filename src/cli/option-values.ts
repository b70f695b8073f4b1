import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { milliseconds } from '../core/duration.ts';
import { optionalMembers, type OptionalMember } from '../core/members.ts';
import type { Limit, Limits, Overlap } from '../core/limits.ts';
import { formats, type FormatName } from '../report/formats.ts';
import { exitCodes } from './exit-codes.ts';

/** The output format of a plan. */
export const planFormat = () =>
  new Option('-f, --format <format>', 'output format')
    .choices(Object.keys(formats) as FormatName[])
    .default('text' as const);

/** The output format of a result that is not a plan. */
export const textOrJson = () =>
  new Option('-f, --format <format>', 'output format')
    .choices(['text', 'json'] as const)
    .default('text' as const);

/** The options of a plan that is made or applied: limits for one run. */
export const maxDeletes = () =>
  new Option(
    '--max-deletes <n>',
    'allow up to this many deletions in this run: a number, or a percentage such as 15%',
  ).argParser(limit);
export const maxUpdates = () =>
  new Option('--max-updates <n>', 'allow up to this many updates in this run').argParser(limit);
export const maxRenames = () =>
  new Option('--max-renames <n>', 'allow up to this many renames in this run').argParser(limit);
export const maxCreates = () =>
  new Option('--max-creates <n>', 'allow up to this many new users in this run').argParser(limit);
export const minOverlap = () =>
  new Option(
    '--min-overlap <p>',
    'the share of stored users that this run must find again, such as 30%',
  ).argParser(overlap);
export const acceptMissing = () =>
  offering(
    new Option(
      '--accept-missing <member>',
      'allow a first import in which no entry has this member',
    ).argParser<OptionalMember[]>((value, earlier) => collectMembers(value, earlier)),
    optionalMembers,
  );

export const maxAge = () =>
  new Option('--max-age <time>', 'refuse a plan that is older, such as 30m, 24h or 7d')
    .argParser(age)
    .default(age('24h'), '24h');

/** Lists the choices of an option or argument that something else checks. Commander's own `choices` would replace that. */
export function offering<T extends { argChoices?: string[] }>(one: T, choices: readonly string[]): T {
  one.argChoices = [...choices];
  return one;
}

/** Options for one run replace the configured limits. */
export const limitsOf = (
  configured: Limits,
  options: {
    maxDeletes?: Limit | undefined;
    maxUpdates?: Limit | undefined;
    maxRenames?: Limit | undefined;
    maxCreates?: Limit | undefined;
    minOverlap?: Overlap | undefined;
  },
): Limits => ({
  deletions: { ...configured.deletions, ...options.maxDeletes },
  updates: options.maxUpdates ?? configured.updates,
  renames: options.maxRenames ?? configured.renames,
  creations: options.maxCreates ?? configured.creations,
  overlap: options.minOverlap ?? configured.overlap,
});

export const showAll = ['--all', 'show every change, however many there are'] as const;
export const resultFile = ['-o, --output <file>', 'write the result to a file'] as const;
export const strict = [
  '--strict',
  `exit with ${exitCodes.skipped.code} if entries were skipped or are in doubt`,
] as const;

export const quietUnchanged = [
  '--quiet-unchanged',
  'print nothing, unless something changes, needs an answer or fails',
] as const;

export const passwordStdin = ['--password-stdin', 'read the password from standard input'] as const;

export function positive(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('It must be a positive whole number.');
  return Number(value);
}

/** The number of a TCP port. */
export function port(value: string): number {
  if (!/^[1-9]\d{0,4}$/.test(value) || Number(value) > 65_535) {
    throw new InvalidArgumentError('It must be a port from 1 to 65535.');
  }
  return Number(value);
}

/** `30m`, `24h` or `7d`, in milliseconds. */
export function age(value: string): number {
  if (!/^\d{1,6}[smhd]$/.test(value))
    throw new InvalidArgumentError('It must be a time such as 30m, 24h or 7d.');
  return milliseconds(value);
}

/** `25` or `10%`, which replaces the configured limit for one run. */
export function limit(value: string): Limit {
  const [, number, percent] = /^(\d{1,9}(?:\.\d{1,3})?)(%?)$/.exec(value) ?? [];
  if (number === undefined || (percent === '' && number.includes('.'))) {
    throw new InvalidArgumentError('It must be a number such as 25 or a percentage such as 15%.');
  }
  return percent === '%'
    ? { percent: Number(number), atLeast: 0, count: null }
    : { percent: null, atLeast: 0, count: Number(number) };
}

/** `80%`, which replaces the configured overlap for one run; it applies however few users are stored. */
export function overlap(value: string): Overlap {
  const [, percent] = /^(\d{1,3}(?:\.\d{1,3})?)%$/.exec(value) ?? [];
  if (percent === undefined || Number(percent) > 100) {
    throw new InvalidArgumentError('It must be a percentage such as 30%.');
  }
  return { percent: Number(percent), fromUsers: 1 };
}

/** Collects the values of an option that may be repeated. */
export const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];

export function collectMembers(value: string, earlier: OptionalMember[] = []): OptionalMember[] {
  const member = optionalMembers.find((known) => known === value);
  if (member === undefined) {
    throw new InvalidArgumentError(`It must be one of ${optionalMembers.join(', ')}.`);
  }
  return [...earlier, member];
}
