import type { Postgres } from '../servers/postgres.ts';
import type { Random } from './random.ts';

/** What a promise is tried with. */
export interface Context {
  postgres: Pick<Postgres, 'url'>;
  /** Of this promise alone, so that it can be replayed without the others. */
  random: Random;
  /** A count, scaled down by `--scale`. */
  times: (count: number) => number;
  tell: (message: string) => void;
}

export interface Result {
  done: number;
  violations: string[];
  /** What else there is to know, such as how many kills came before the commit. */
  detail?: string;
  /** Why it could not be tried on this machine. */
  skipped?: string;
}

/** One promise of the README and the test that shows it. */
export interface Fault {
  promise: string;
  /** What `done` counts. */
  figure: string;
  run: (context: Context) => Promise<Result>;
}

/** Takes the numbers of a run from several parts of it. */
export function sum(results: Result[]): Result {
  const details = results.map(({ detail }) => detail).filter((detail) => detail !== undefined);
  return {
    done: results.reduce((total, { done }) => total + done, 0),
    violations: results.flatMap(({ violations }) => violations),
    ...(details.length > 0 ? { detail: details.join('; ') } : {}),
  };
}
