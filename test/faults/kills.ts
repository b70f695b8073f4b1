import { disturbMany, type Series } from './disturb.ts';
import { sum, type Context, type Fault } from './fault.ts';
import { describeEnd, type Ended } from '../support/launch.ts';
import type { Kind } from './stand.ts';
import type { Disturb } from './trial.ts';
import type { Verdict } from './verdict.ts';

export const kill: Disturb = async ({ child }, moment) => {
  await moment;
  child.kill('SIGKILL');
};

export function afterKill(verdict: Verdict, ended: Ended): string | null {
  if (typeof verdict !== 'string') return verdict.violation;
  // It may have been faster than its killer.
  if (ended.signal === 'SIGKILL' || ended.code === 3) return null;
  return ended.code === 0 && verdict === 'after' ? null : `${verdict} the commit, but: ${describeEnd(ended)}`;
}

const plans: Record<Kind, [Series['work'], number, number][]> = {
  postgres: [
    ['steady', 50, 60],
    ['steady', 5_000, 60],
    ['import', 5_000, 40],
    ['first', 50, 30],
    ['blocked', 500, 20],
  ],
  embedded: [
    ['steady', 50, 150],
    ['steady', 2_000, 20],
    ['first', 50, 20],
    ['blocked', 500, 20],
  ],
};

const on = (kind: Kind): Fault => ({
  promise: 'All or nothing',
  figure: `kill -9 at random moments, ${kind}`,
  run: async (context: Context) => {
    const results = [];
    for (const [work, size, count] of plans[kind]) {
      results.push(
        await disturbMany(context, { kind, work, size, count, disturb: () => kill, check: afterKill }),
      );
    }
    return sum(results);
  },
});

export const killsOnPostgres = on('postgres');
export const killsOnEmbedded = on('embedded');
