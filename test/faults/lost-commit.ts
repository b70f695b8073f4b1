import type { Context, Fault, Result } from './fault.ts';
import { sum } from './fault.ts';
import { inLanes } from './lanes.ts';
import { describeEnd } from '../support/launch.ts';
import { CommitProxy, type Loss } from './proxy.ts';
import { Stand } from './stand.ts';
import { Trials } from './trial.ts';
import { lie } from './verdict.ts';

async function lose(
  context: Context,
  loss: Exclude<Loss, 'unanswered'> | 'silence',
  wanted: number,
): Promise<Result> {
  const violations: string[] = [];
  const seen = { before: 0, after: 0 };
  const count = context.times(wanted);
  let done = 0;
  await inLanes(
    count,
    async () => {
      const proxy = await CommitProxy.start(context.postgres.url);
      const stand = await Stand.open('postgres', context.postgres.url, (url) => proxy.relay.through(url));
      return { trials: await Trials.open(stand, 'steady', 50, context.random), proxy };
    },
    async ({ trials, proxy }) => {
      await proxy.relay.stop();
      await trials.stand.close();
    },
    async ({ trials, proxy }) => {
      const before = proxy.lost;
      const { verdict, ended } = await trials.disturb(async (running) => {
        void (loss === 'silence' ? proxy.lose('after', 'silence') : proxy.lose(loss, 'open'));
        await running.ended;
        proxy.rest();
      });
      done += proxy.lost - before;
      if (typeof verdict === 'string') seen[verdict] += 1;
      const saysUnknown = ended.code === 1 && ended.stderr.includes('cannot be asked whether it did');
      const problem = loss === 'silence' && saysUnknown ? null : lie(verdict, ended);
      if (problem !== null) violations.push(`${loss}: ${problem}`);
      if (loss === 'before' || loss === 'stranded' ? verdict !== 'before' : verdict !== 'after') {
        violations.push(`${loss}: the database itself did otherwise: ${describeEnd(ended)}`);
      }
    },
  );
  return { done, violations, detail: `${loss}: ${seen.before} not committed, ${seen.after} committed` };
}

export const lostCommit: Fault = {
  promise: 'All or nothing',
  figure:
    'the connection lost at COMMIT: before the server has it, after it, without the server noticing, and with nobody to ask any more',
  run: async (context) =>
    sum([
      await lose(context, 'before', 30),
      await lose(context, 'after', 30),
      await lose(context, 'stranded', 10),
      await lose(context, 'silence', 2),
    ]),
};
