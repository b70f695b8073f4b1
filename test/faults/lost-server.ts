import { startPostgres } from '../servers/postgres.ts';
import type { Fault } from './fault.ts';
import { Stand } from './stand.ts';
import { Trials } from './trial.ts';
import { lie } from './verdict.ts';

/** One at a time, because they share the server that goes. */
export const lostServer: Fault = {
  promise: 'All or nothing',
  figure: 'the server crashed or shut down at random moments, and started again',
  run: async ({ random, times, tell }) => {
    const postgres = await startPostgres();
    const violations: string[] = [];
    const seen = { before: 0, after: 0 };
    const count = times(20);
    try {
      const trials = await Trials.open(await Stand.open('postgres', postgres.url), 'steady', 5_000, random);
      for (let i = 0; i < count; i++) {
        const { verdict, ended } = await trials.disturb(async (_, moment) => {
          await moment;
          if (i % 2 === 0) postgres.kill();
          await postgres.restart();
        });
        if (typeof verdict === 'string') seen[verdict] += 1;
        const problem = lie(verdict, ended);
        if (problem !== null) violations.push(problem);
        tell(`server lost: ${i + 1} of ${count}`);
      }
      await trials.stand.close();
    } finally {
      await postgres.stop();
    }
    return { done: count, violations, detail: `${seen.before} before the commit, ${seen.after} after it` };
  },
};
