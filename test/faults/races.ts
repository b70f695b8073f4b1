import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Context, Fault, Result } from './fault.ts';
import { inLanes } from './lanes.ts';
import { describeEnd } from '../support/launch.ts';
import { twoListings } from './people.ts';
import { Stand, type Kind, type Through } from './stand.ts';

const contestants = 4;

/** How the answer of the directory is held back, so that they are really there at once. */
export type Meeting =
  /** They meet at a lock of this machine: until the others have ended. */
  | 'lock'
  /** They meet in the database, as from other machines: until all have asked or ended. */
  | 'database';

/** One race; what is wrong with its end. */
async function race(stand: Stand, meeting: Meeting, listing: string, runs: number): Promise<string[]> {
  stand.lists(listing);
  const held: (() => void)[] = [];
  let ended = 0;
  const release = () => {
    const waited = meeting === 'lock' ? ended >= contestants - 1 : ended + held.length >= contestants;
    if (waited) for (const answer of held.splice(0)) answer();
  };
  stand.whenAsked((answer) => {
    held.push(answer);
    release();
  });
  const all = Array.from({ length: contestants }, async (_, i) => {
    const tmp = join(stand.folder, `machine${meeting === 'database' ? i : 0}`);
    mkdirSync(tmp, { recursive: true });
    const result = await stand.launch('sync now', { env: { TMPDIR: tmp }, deadline: 60_000 }).ended;
    ended += 1;
    release();
    return result;
  });
  const ends = await Promise.all(all);
  const problems: string[] = [];
  const committed = ends.filter(({ code, stdout }) => code === 0 && stdout.includes('Committed as run'));
  if (committed.length !== 1) problems.push(`${committed.length} committed`);
  for (const end of ends) {
    if (committed.includes(end)) continue;
    if (end.code !== 75 || end.stdout !== '' || !/^[^\n]+\n$/.test(end.stderr))
      problems.push(describeEnd(end));
    // At once: it neither waits for the lock nor for the directory.
    if (meeting === 'lock' && end.took > 20_000) problems.push(`75, but only after ${end.took} ms`);
  }
  const now = await stand.snapshot();
  if (now.runs !== runs + 1 || !now.sound)
    problems.push(`${now.runs} runs in the history after ${runs} before`);
  return problems;
}

export async function races(
  context: Context,
  kind: Kind,
  meeting: Meeting,
  wanted: number,
  through?: Through,
): Promise<Result> {
  const violations: string[] = [];
  const count = context.times(wanted);
  const listings = twoListings(50);
  await inLanes(
    count,
    async () => ({ stand: await Stand.open(kind, context.postgres.url, through), runs: 0 }),
    ({ stand }) => stand.close(),
    async (lane, index) => {
      const problems = await race(lane.stand, meeting, listings[lane.runs % 2 === 0 ? 0 : 1], lane.runs);
      lane.runs += 1;
      violations.push(...problems.map((problem) => `race ${index}: ${problem}`));
      if ((index + 1) % 10 === 0) context.tell(`races on ${kind}: ${index + 1} of ${count}`);
    },
  );
  return { done: count, violations };
}

const promise = 'Never two at once';

export const racesOnPostgres: Fault = {
  promise,
  figure: 'races of 4 processes, Postgres: one commits, the others end 75 at once',
  run: (context) => races(context, 'postgres', 'lock', 100),
};

export const racesOnEmbedded: Fault = {
  promise,
  figure: 'races of 4 processes, embedded store: one commits, the others end 75 at once',
  run: (context) => races(context, 'embedded', 'lock', 100),
};

export const racesOfMachines: Fault = {
  promise,
  figure: 'races of 4 machines (each with a TMPDIR of its own): one commits, the others end 75',
  run: (context) => races(context, 'postgres', 'database', 20),
};
