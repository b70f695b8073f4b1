import { expect, inject, test } from 'vitest';
import { disturbMany } from './disturb.ts';
import { racesOfMachines, racesOnPostgres } from './races.ts';
import { afterKill, kill } from './kills.ts';
import type { Context } from './fault.ts';
import { Random } from './random.ts';

/** A few of what `npm run test:faults` does by the hundred. */
const seed = Date.now();
const context = (times: number): Context => ({
  postgres: { url: inject('postgresUrl') },
  random: Random.named(seed, `npm test ${seed}`),
  times: () => times,
  tell: () => undefined,
});

test('four runs at once on one machine', async () => {
  expect(await racesOnPostgres.run(context(2))).toEqual({ done: 2, violations: [] });
});

test('four runs at once on four machines', async () => {
  expect(await racesOfMachines.run(context(2))).toEqual({ done: 2, violations: [] });
});

test('kill -9', async () => {
  const series = { kind: 'postgres', work: 'steady', size: 50, count: 1 } as const;
  const result = await disturbMany(context(6), { ...series, disturb: () => kill, check: afterKill });
  expect(result).toMatchObject({ done: 6, violations: [] });
});
