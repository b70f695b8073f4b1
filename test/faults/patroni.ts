import { Patroni } from '../servers/patroni.ts';
import { whyNoPatroni } from '../servers/patroni-settings.ts';
import { Workplace } from '../support/cli.ts';
import type { Context, Fault, Result } from './fault.ts';
import { PatroniTrials, type Trial } from './patroni-trials.ts';

const kill = { blow: 'killed', isHeldBack: false, moment: 'anywhere' } as const;

/** How often each is played. Trials of one mode follow each other, because to change it takes a while. */
const plan: [Trial, number][] = [true, false].flatMap((isSynchronous): [Trial, number][] => [
  [{ ...kill, isSynchronous }, 8],
  [{ ...kill, isSynchronous, moment: 'at the commit' }, 8],
  [{ ...kill, isSynchronous, moment: 'at the commit', isHeldBack: true }, 6],
  // Synchronous, it would never be reported.
  [{ ...kill, isSynchronous, moment: 'after the report', isHeldBack: !isSynchronous }, 4],
  [{ ...kill, isSynchronous, blow: 'switched over' }, 4],
  [{ ...kill, isSynchronous, blow: 'absent' }, 2],
]);

/** One at a time, because they share the cluster. */
export const patroni: Fault = {
  promise: 'All or nothing, and what a failover took is told',
  figure: 'the leader of three Patroni nodes lost under a run, and a run while there is none',
  run: async (context) => {
    const missing = whyNoPatroni();
    if (missing !== null) return { done: 0, violations: [], skipped: missing };
    return playOnPatroni(
      context,
      plan.map(([trial, count]) => [trial, context.times(count)]),
    );
  },
};

export async function playOnPatroni(
  { random, tell }: Pick<Context, 'random' | 'tell'>,
  trials: [Trial, number][],
): Promise<Result> {
  const violations: string[] = [];
  const seen = new Map<string, number>();
  let done = 0;
  const workplace = new Workplace();
  const cluster = await Patroni.start();
  try {
    const stage = await PatroniTrials.open(cluster, workplace, random);
    for (const [trial, count] of trials) {
      const what = nameOf(trial);
      for (let i = 0; i < count; i++) {
        const { outcome, problems } = await stage.play(trial);
        done += 1;
        seen.set(`${what}: ${outcome}`, (seen.get(`${what}: ${outcome}`) ?? 0) + 1);
        violations.push(...problems.map((problem) => `${what}: ${problem}`));
        tell(`${what}: ${outcome}; ${done} done, ${violations.length} violations`);
      }
    }
    if (stage.disturbedInPeace > 0)
      seen.set('a run in peace that an election disturbed', stage.disturbedInPeace);
  } finally {
    await cluster.stop();
    workplace.remove();
  }
  return { done, violations, detail: [...seen].map(([what, times]) => `${what} ${times}`).join('; ') };
}

function nameOf({ blow, isSynchronous, isHeldBack, moment }: Trial): string {
  const parts = [
    isSynchronous ? 'synchronous' : 'asynchronous',
    `leader ${blow}`,
    ...(blow === 'killed' ? [moment] : []),
    ...(isHeldBack ? ['standbys held back'] : []),
  ];
  return parts.join(', ');
}
