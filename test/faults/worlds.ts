import { Directory } from '../servers/directory.ts';
import { playMany } from '../model/many.ts';
import { simulate } from '../model/persons.ts';
import { sum, type Fault } from './fault.ts';
import { Stand } from './stand.ts';

const promise = 'Nobody gets another person’s mail or privileges in silence';
const lanes = 2;

export const worlds: Fault = {
  promise,
  figure: 'small worlds: plan, state after, history and second run, as the contract foretells them',
  run: async (context) => {
    const seeds = Array.from({ length: lanes }, () => context.random.below(2 ** 31));
    const results = seeds.map(async (seed) => {
      const stand = await Stand.open('postgres', context.postgres.url);
      const directory = await Directory.start();
      try {
        return await stand.withStore(async (store) => {
          const size = { worlds: Math.ceil(context.times(500_000) / lanes), seed };
          const { worlds, differing } = await playMany(store, directory, size);
          return { done: worlds, violations: differing.map((text) => `${text} (seed ${seed})`) };
        });
      } finally {
        await directory.stop();
        await stand.close();
      }
    });
    return sum(await Promise.all(results));
  },
};

/** Per 1,000 user-years, over all kinds of directories; more than this is a change for the worse. */
const most = { mixUps: 2, questions: 13 };

export const persons: Fault = {
  promise,
  figure:
    'user-years of simulated persons (hired, renamed, moved, gone, names handed on), with mix-ups and questions',
  run: async (context) => {
    const stand = await Stand.open('postgres', context.postgres.url);
    const directory = await Directory.start();
    try {
      return await stand.withStore(async (store) => {
        const seed = context.random.below(2 ** 31);
        const size = { organizations: context.times(1_000), years: 6, seed };
        const { rules, naive } = await simulate(store, directory, size);
        const per = (n: number, years: number) => Number(((n * 1_000) / years).toFixed(1));
        const rates = Object.entries(rules).map(([kind, { mixUps, questions, userYears }]) => ({
          kind,
          mixUps: per(mixUps, userYears),
          questions: per(questions, userYears),
          before: per(naive[kind as keyof typeof naive].mixUps, userYears),
        }));
        const all = rates.find(({ kind }) => kind === 'all');
        const isWorse = all === undefined || all.mixUps > most.mixUps || all.questions > most.questions;
        return {
          done: Math.round(rules.all.userYears),
          violations: isWorse ? [`worse than ${JSON.stringify(most)}: ${JSON.stringify(all)}`] : [],
          detail: `per 1,000 user-years, mix-ups and questions: ${rates
            .map(
              ({ kind, mixUps, questions, before }) =>
                `${kind} ${mixUps} and ${questions} (DN, then name: ${before})`,
            )
            .join('; ')}`,
        };
      });
    } finally {
      await directory.stop();
      await stand.close();
    }
  },
};
