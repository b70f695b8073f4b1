import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc, { type IRawProperty } from 'fast-check';
import { Directory } from '../servers/directory.ts';
import { damagedFiles, wrongValues } from '../properties/configurations.ts';
import { listings } from '../properties/listings.ts';
import { mailFiles } from '../properties/mail.ts';
import { runs } from '../properties/runs.ts';
import { put } from '../support/state.ts';
import { sum, type Context, type Fault, type Result } from './fault.ts';
import { kinds, Stand } from './stand.ts';
import type { Store } from '../../src/database/store.ts';

const counts = { postgres: 500, embedded: 100 };
const configurations = 2_000;

/** One property on each store; `about` makes it for a store, a directory and a folder of its own. */
const onEveryStore =
  <T>(about: (store: Store, stand: Stand, directory: Directory) => IRawProperty<T>) =>
  async (context: Context): Promise<Result> => {
    const seeds = kinds.map(() => context.random.below(2 ** 31));
    const results = await Promise.all(
      kinds.map(async (kind, i) => {
        const stand = await Stand.open(kind, context.postgres.url);
        const directory = await Directory.start();
        try {
          return await stand.withStore(async (store) => {
            await put(store, { users: { anna: { emailAddresses: ['anna@x', 'c@x'] } } });
            return check(context, kind, seeds[i] ?? 0, counts[kind], about(store, stand, directory));
          });
        } finally {
          await directory.stop();
          await stand.close();
        }
      }),
    );
    return sum(results);
  };

async function check<T>(
  context: Context,
  name: string,
  seed: number,
  count: number,
  property: IRawProperty<T>,
): Promise<Result> {
  const numRuns = context.times(count);
  const report = await fc.check(property, { numRuns, seed });
  const violations = report.failed
    ? [
        `${name}: ${String(report.errorInstance)} for ${fc.stringify(report.counterexample)} (seed ${seed}, path ${report.counterexamplePath ?? ''})`,
      ]
    : [];
  return { done: report.numRuns, violations, detail: `${name}: ${report.numRuns}` };
}

export const properties: Fault = {
  promise: 'The limits hold',
  figure: 'random stores, listings and limits: test, now, and test again',
  run: onEveryStore((store, _, directory) => runs(store, directory)),
};

export const fuzzedListings: Fault = {
  promise: 'Bad input gets one clear line',
  figure: 'random and damaged listings: one line and no change, or taken whole',
  run: onEveryStore((store, _, directory) => listings(store, directory)),
};

export const fuzzedMail: Fault = {
  promise: 'Bad input gets one clear line',
  figure: 'random and damaged messages, mboxes and gzips: one line, or kept as they are',
  run: onEveryStore((store, stand) => mailFiles(store, stand.folder)),
};

export const fuzzedConfigurations: Fault = {
  promise: 'Bad input gets one clear line',
  figure: 'random and damaged configurations: told by line and key, without its secrets',
  run: async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-faults-'));
    const tried = <T>(name: string, property: IRawProperty<T>) =>
      check(context, name, context.random.below(2 ** 31), configurations, property);
    try {
      return sum([
        await tried('wrong values', wrongValues(folder)),
        await tried('damaged files', damagedFiles(folder)),
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
