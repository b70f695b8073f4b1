const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration such as `500ms`, `30s`, `5m`, `12h` or `30d`, in milliseconds; NaN for anything else. */
export function milliseconds(duration: string): number {
  const [, number, unit = ''] = /^(\d+)(ms|[smhd])$/.exec(duration) ?? [];
  return Number(number ?? NaN) * (units[unit] ?? NaN);
}
