import type { Context, Result } from './fault.ts';
import type { Ended } from '../support/launch.ts';
import { inLanes } from './lanes.ts';
import { Stand, type Kind, type Through } from './stand.ts';
import { Trials, type Disturb, type Work } from './trial.ts';
import type { Verdict } from './verdict.ts';

export interface Series {
  kind: Kind;
  work: Work;
  /** Of the listings, in users. */
  size: number;
  count: number;
  disturb: (context: Context, stand: Stand) => Disturb;
  /** What is wrong with how it ended, if anything. */
  check: (verdict: Verdict, ended: Ended) => string | null;
  through?: Through;
}

/** Many disturbed runs of one sort. */
export async function disturbMany(context: Context, series: Series): Promise<Result> {
  const { kind, work, size, disturb, check } = series;
  const violations: string[] = [];
  const seen = { before: 0, after: 0 };
  const count = context.times(series.count);
  const name = `${kind}, ${work}, ${size} users`;
  await inLanes(
    count,
    async () =>
      Trials.open(await Stand.open(kind, context.postgres.url, series.through), work, size, context.random),
    (trials) => trials.stand.close(),
    async (trials, index) => {
      const { verdict, ended } = await trials.disturb(disturb(context, trials.stand));
      if (typeof verdict === 'string') seen[verdict] += 1;
      const problem = check(verdict, ended);
      if (problem !== null) violations.push(`${name}: ${problem}`);
      if ((index + 1) % 10 === 0) context.tell(`${name}: ${index + 1} of ${count}`);
    },
  );
  return {
    done: count,
    violations,
    detail: `${name}: ${seen.before} before the commit, ${seen.after} after it`,
  };
}
