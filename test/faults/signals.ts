import { disturbMany } from './disturb.ts';
import { sum, type Context, type Fault } from './fault.ts';
import { describeEnd, type Ended } from '../support/launch.ts';
import { lie, type Verdict } from './verdict.ts';
import { kinds } from './stand.ts';

const codes = { SIGINT: 130, SIGTERM: 143 } as const;
type Name = keyof typeof codes;

/** A shell makes 130 and 143 of a process that the signal itself has ended, too: before it listens, or as it leaves. */
const check = (name: Name) => (verdict: Verdict, ended: Ended) => {
  const early = ended.signal === name;
  if (early)
    return verdict === 'before' ? null : `says ${codes[name]}, but it was committed: ${describeEnd(ended)}`;
  const problem = lie(verdict, ended);
  if (problem !== null) return problem;
  return ended.code === 0 || ended.code === codes[name] ? null : describeEnd(ended);
};

export const signals: Fault = {
  promise: 'All or nothing',
  figure: 'SIGINT and SIGTERM at random moments',
  run: async (context: Context) => {
    const results = [];
    for (const kind of kinds) {
      for (const name of ['SIGINT', 'SIGTERM'] as const) {
        const disturb =
          () => async (running: { child: { kill: (name: Name) => void } }, moment: Promise<void>) => {
            await moment;
            running.child.kill(name);
          };
        const size = kind === 'postgres' ? 2_000 : 500;
        const count = kind === 'postgres' ? 30 : 10;
        const result = await disturbMany(context, {
          kind,
          work: 'steady',
          size,
          count,
          disturb,
          check: check(name),
        });
        results.push({ ...result, detail: `${name}: ${result.detail ?? ''}` });
      }
    }
    return sum(results);
  },
};
