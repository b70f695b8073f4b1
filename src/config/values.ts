import { z } from 'zod';
import { milliseconds } from '../core/duration.ts';

/** The value types of a configuration. Values stay as written, so that `config show` can print them. */

/** Lets the check of a section run even if one of its values is invalid. */
export const isSection = ({ value }: { value: unknown }) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isGiven = (value: unknown) => value !== undefined;

export const text = z.string().min(1, 'must not be empty');

const notDuration = 'must be a duration such as 500ms, 30s, 5m or 1h';
const longest = 24 * 3_600_000;
export const duration = z
  .string(notDuration)
  .regex(/^\d+(ms|s|m|h)$/, notDuration)
  .refine(
    (value) => milliseconds(value) > 0 && milliseconds(value) <= longest,
    'must be more than 0 and at most 24h',
  );

const notAge = 'must be a time such as 12h or 30d';
const [youngest, oldest] = [3_600_000, 3_650 * 86_400_000];
/** How long something must have lasted. */
export const age = z
  .string(notAge)
  .regex(/^\d{1,9}[mhd]$/, notAge)
  .refine(
    (value) => milliseconds(value) >= youngest && milliseconds(value) <= oldest,
    'must be from 1h to 3650d',
  );

const notSize = 'must be a size such as 500 MB or 1 GB';
export const size = z
  .string(notSize)
  .regex(/^\d+ ?(kB|MB|GB)$/, notSize)
  .refine((value) => bytes(value) > 0, 'must be more than 0');

/** A valid size in bytes. */
export function bytes(size: string): number {
  const [, number = '', unit = ''] = /^(\d+) ?(\D+)$/.exec(size) ?? [];
  return Number(number) * ({ kB: 1e3, MB: 1e6, GB: 1e9 }[unit] ?? NaN);
}

/** Why a string is not the URL of a directory, or null. */
export const directoryUrlProblem = (value: string) =>
  httpUrlProblem(value, 'must not contain credentials; put them in directory.authentication');

export const directoryUrl = url(directoryUrlProblem);

/** Why a string is not the URL of a webhook, or null. */
export const webhookUrlProblem = (value: string) =>
  httpUrlProblem(value, 'must not contain a user name or password');

export const webhookUrl = url(webhookUrlProblem);
export const proxyUrl = url((value) =>
  httpUrlProblem(value, 'must not contain credentials; proxy authentication is not supported'),
);

function url(problem: (value: string) => string | null) {
  return text.refine((value) => problem(value) === null, {
    error: ({ input }) => problem(String(input)) ?? '',
  });
}

/** Why a string is not the URL of an HTTP server, or null. Credentials have their own keys, which are redacted. */
function httpUrlProblem(value: string, noCredentials: string): string | null {
  const problem = urlProblem(value, ['http:', 'https:']);
  if (problem !== null) return problem;
  const { hostname, username, password } = new URL(value);
  if (hostname === '') return 'must name a host';
  return username !== '' || password !== '' ? noCredentials : null;
}

const notUrl = 'is not a valid URL';

function urlProblem(value: string, protocols: string[]): string | null {
  const starts = protocols.map((protocol) => `${protocol}//`);
  if (!URL.canParse(value)) {
    return starts.some((start) => value.startsWith(start))
      ? notUrl
      : `must be a URL that starts with ${starts.join(' or ')}`;
  }
  return protocols.includes(new URL(value).protocol) ? null : `must start with ${starts.join(' or ')}`;
}

const notPercent = 'must be from 0 to 100';
export const percent = z.number().min(0, notPercent).max(100, notPercent);

const notAnyPercent = 'must be from 0 to 100000';
/** More users may be created than are stored. */
export const anyPercent = z.number().min(0, notAnyPercent).max(100_000, notAnyPercent);

export const users = z.int().min(0, 'must be 0 or more');

const notListings = 'must be from 1 to 1000';
export const listings = z.int().min(1, notListings).max(1_000, notListings);

/** Why a token cannot be sent, or null. */
export const tokenProblem = (value: string) =>
  /^[!-~]+$/.test(value)
    ? null
    : 'must be the token alone: ASCII characters, without white space and without "Bearer"';

export const token = text.refine((value) => tokenProblem(value) === null, {
  error: ({ input }) => tokenProblem(String(input)) ?? '',
});
