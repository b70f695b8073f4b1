import { setTimeout as sleep } from 'node:timers/promises';
import type { Context, Fault } from './fault.ts';
import { inLanes } from './lanes.ts';
import { describeEnd } from '../support/launch.ts';
import { twoListings } from './people.ts';
import { kinds, Stand } from './stand.ts';

/** A run that has its lock and waits for the directory. */
async function holder(stand: Stand) {
  let letGo: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    stand.whenAsked((answer) => {
      letGo = answer;
      resolve();
    });
  });
  const running = stand.launch('sync now');
  await Promise.race([asked, running.ended]);
  stand.whenAsked((answer) => answer());
  return { ...running, letGo: () => letGo() };
}

/** A dead holder's lock is free at once. */
async function dead(stand: Stand): Promise<string[]> {
  const { child, ended } = await holder(stand);
  child.kill('SIGKILL');
  await ended;
  const next = await stand.launch('sync now').ended;
  return next.code === 0 ? [] : [`the lock of a dead process was not free: ${describeEnd(next)}`];
}

/** A holder that is alive but does not move keeps its lock, however long that takes. */
async function stopped(stand: Stand, pause: number): Promise<string[]> {
  const { child, ended, letGo } = await holder(stand);
  child.kill('SIGSTOP');
  const problems: string[] = [];
  for (const wait of [0, pause]) {
    await sleep(wait);
    const other = await stand.launch('sync now').ended;
    if (other.code !== 75) problems.push(`a stopped holder was robbed: ${describeEnd(other)}`);
  }
  child.kill('SIGCONT');
  letGo();
  const end = await ended;
  if (end.code !== 0) problems.push(`the holder did not commit after its pause: ${describeEnd(end)}`);
  return problems;
}

export const holders: Fault = {
  promise: 'Never two at once',
  figure:
    'a holder killed: its lock is free at once; a holder stopped (its event loop stands still): never robbed',
  run: async (context: Context) => {
    const violations: string[] = [];
    let done = 0;
    const [listing] = twoListings(20);
    for (const kind of kinds) {
      await inLanes(
        context.times(20),
        async () => {
          const stand = await Stand.open(kind, context.postgres.url);
          stand.lists(listing);
          return stand;
        },
        (stand) => stand.close(),
        async (stand, index) => {
          const problems =
            index % 2 === 0 ? await dead(stand) : await stopped(stand, context.random.below(3_000));
          violations.push(...problems.map((problem) => `${kind}: ${problem}`));
          done += 1;
        },
      );
    }
    return { done, violations };
  },
};
