import { execFile } from 'node:child_process';
import { isDeepStrictEqual, promisify } from 'node:util';
import { Directory } from '../servers/directory.ts';
import { startPgBouncer } from '../servers/pgbouncer.ts';
import { noAnswers, linesOf, runSync, stillOpen, type Overrides } from '../support/run.ts';
import { complete, put, read } from '../support/state.ts';
import { cases, onThisDay } from '../sync/cases.ts';
import { disturbMany } from './disturb.ts';
import { sum, type Context, type Fault, type Result } from './fault.ts';
import { afterKill, kill } from './kills.ts';
import { races } from './races.ts';
import { Stand, type Through } from './stand.ts';

export const pooled: Fault = {
  promise: 'All of it through PgBouncer in transaction mode with 2 server connections',
  figure: 'every rule (test, now, again), races of 4 processes and of 4 machines, kill -9 at random moments',
  run: async (context: Context) => {
    const missing = await findPgBouncer();
    if (missing !== null) return { done: 0, violations: [], skipped: missing };
    // Two databases at once, one for each lane, and two connections to each.
    const bouncer = await startPgBouncer(context.postgres.url);
    const through = (direct: string) => {
      const url = new URL(bouncer.url);
      url.pathname = new URL(direct).pathname;
      return url.href;
    };
    try {
      return sum([
        await rules(context, through),
        { ...(await races(context, 'postgres', 'lock', 5, through)), detail: 'races at the lock' },
        { ...(await races(context, 'postgres', 'database', 5, through)), detail: 'races in the database' },
        await disturbMany(context, {
          kind: 'postgres',
          work: 'steady',
          size: 2_000,
          count: 15,
          disturb: () => kill,
          check: afterKill,
          through,
        }),
      ]);
    } finally {
      await bouncer.stop();
    }
  },
};

async function findPgBouncer(): Promise<string | null> {
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` };
  return promisify(execFile)('pgbouncer', ['--version'], { env }).then(
    () => null,
    () => 'there is no pgbouncer here (apt-get install pgbouncer)',
  );
}

async function rules(context: Context, through: Through): Promise<Result> {
  const stand = await Stand.open('postgres', context.postgres.url, through);
  const directory = await Directory.start();
  const violations: string[] = [];
  await stand.withStore(async (store) => {
    for (const one of cases) {
      const { rule, before, listing, settings, plan, after = before } = onThisDay(one);
      await put(store, before);
      directory.lists(listing);
      const run = async (mode: 'test' | 'now', lines: string[], state: object, more: Overrides = {}) => {
        const { items } = await runSync(store, directory.url, mode, { ...settings, ...more });
        if (!isDeepStrictEqual(linesOf(items), lines))
          violations.push(`${rule}: ${mode}: ${linesOf(items).join('; ')}`);
        // Through JSON, because some of the objects have no prototype.
        const same = isDeepStrictEqual(sorted(await read(store)), sorted(state));
        if (!same) violations.push(`${rule}: another state after ${mode}`);
      };
      await run('test', plan, complete(before));
      await run('now', plan, complete(after));
      await run('now', stillOpen(plan), complete(after), { answers: noAnswers });
    }
  });
  await directory.stop();
  await stand.close();
  return { done: cases.length, violations, detail: `${cases.length} rules` };
}

/** The same value with its members in one order. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const members = Object.entries(value).map(([key, member]): [string, unknown] => [key, sorted(member)]);
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}
