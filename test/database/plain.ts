const hour = 3_600_000;

/**
 * A value that can be compared with that of another story: a time within the last hour is `now`, today's date in the
 * name of an archive that was set aside is `TODAY`, the address of a test server is `HERE`, the role and process of a
 * connection are left out, and every other time stays as it is.
 */
export function plain(value: unknown): unknown {
  if (value instanceof Date) return timeOf(value);
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (typeof value === 'string') {
    return value
      .replaceAll(isoTime, (time) => timeOf(new Date(time)))
      .replaceAll(`(until ${today()}`, '(until TODAY')
      .replaceAll(/\(role \w+ from (\S+), server process \d+\)/g, '(role from $1)')
      .replaceAll(/127\.0\.0\.1:\d+/g, 'HERE');
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]): [string, unknown] => [plain(key) as string, plain(member)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

const isoTime = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;

function timeOf(time: Date): string {
  const age = Date.now() - time.getTime();
  if (Number.isNaN(age)) return 'not a time';
  return age < hour && age > -5_000 ? 'now' : time.toISOString();
}

const today = () => new Date().toISOString().slice(0, 10);

/** Where two plain values differ first, as `path: one, not other`; null when they are equal. */
export function difference(one: unknown, other: unknown, path = ''): string | null {
  if (Object.is(one, other)) return null;
  if (isObject(one) && isObject(other) && Array.isArray(one) === Array.isArray(other)) {
    for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
      const found = difference(one[key], other[key], `${path}/${key}`);
      if (found !== null) return found;
    }
    return null;
  }
  return `${path}: ${short(one)}, not ${short(other)}`;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const short = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 200));
