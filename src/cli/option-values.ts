import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { optionalMembers, type OptionalMember } from '../core/entry.ts';
import type { Limit, Overlap } from '../core/limits.ts';
import { formats, type FormatName } from '../report/formats.ts';

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
