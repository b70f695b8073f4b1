import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeEnd } from '../support/launch.ts';
import type { Context, Fault } from './fault.ts';
import { inLanes } from './lanes.ts';
import { casesOn, locks, locksBelow, store, uid, type Case } from './neighbour-cases.ts';
import { twoListings } from './people.ts';
import { kinds, Stand } from './stand.ts';
import { differences, findNeighbour, lay, picture, type Neighbour } from './traps.ts';

const deadline = 20_000;
const listings = twoListings(20);

interface Lane {
  stand: Stand;
  /** What a run in peace has left: a lock, or an embedded store. */
  peace: string;
  turn: number;
}

export const neighbours: Fault = {
  promise: 'A neighbour on this machine takes nothing and stops nobody',
  figure:
    'links, pipes, files and folders of another user in place of the folder of locks, of a lock in it, of an embedded store and of its lock: told in one line, and all stays as it was',
  run: async (context: Context) => {
    const violations: string[] = [];
    const neighbour = await findNeighbour();
    let done = 0;
    for (const kind of kinds) {
      const cases = casesOn(kind, neighbour);
      await inLanes(
        cases.length,
        async () => open(await Stand.open(kind, context.postgres.url), violations),
        ({ stand }) => stand.close(),
        async (lane, index) => {
          const chosen = cases[index];
          if (chosen === undefined) return;
          const { name, trap, command } = chosen;
          const problems = await attempt(lane, chosen, join(lane.stand.folder, `try${index}`), neighbour);
          violations.push(
            ...problems.map((problem) => `${kind}, ${command}, ${name} is ${trap.what}: ${problem}`),
          );
          done += 1;
        },
      );
      context.tell(`${kind}: ${cases.length} traps, ${violations.length} violations`);
    }
    return {
      done,
      violations,
      ...(neighbour === undefined && {
        detail: '**skipped**, because only root can make them: folders of others',
      }),
    };
  },
};

/** Makes a run in peace, which warns of nothing, and leaves its lock where it belongs. */
async function open(stand: Stand, violations: string[]): Promise<Lane> {
  const peace = join(stand.folder, 'peace');
  mkdirSync(peace);
  stand.lists(listings[0]);
  stand.configure(stand.url === null ? { database: { embedded: store(peace) } } : {});
  const end = await stand.launch('sync now', { env: { TMPDIR: peace } }).ended;
  if (end.code !== 0 || end.stderr !== '') violations.push(`${stand.kind}, in peace: ${describeEnd(end)}`);
  if (stand.kind === 'postgres') {
    const folder = lstatSync(locks(peace), { throwIfNoEntry: false });
    if (folder?.uid !== uid || (folder.mode & 0o777) !== 0o700 || locksBelow(locks(peace)).length !== 1)
      violations.push(
        `the lock of a run in peace is not in ${locks('$TMPDIR')}: ${locksBelow(peace).join()}`,
      );
  }
  return { stand, peace, turn: 0 };
}

/** A command among traps; what is wrong with its end, and what is not as it was. */
async function attempt(lane: Lane, { trap, command, place, isRight }: Case, at: string, who: Neighbour) {
  const { stand, peace } = lane;
  const [folder, victims] = [join(at, 'tmp'), join(at, 'victims')];
  mkdirSync(folder, { recursive: true });
  // Not sticky: there, some kernels open no link and no pipe of others, and rollcall would not be tried.
  chmodSync(folder, 0o777);
  lay(trap, place(folder, peace), victims, who);
  const look = () => [...picture(folder), ...picture(victims)];
  const before = look();
  lane.turn += 1;
  stand.lists(listings[lane.turn % 2 === 0 ? 0 : 1]);
  if (stand.kind === 'embedded') stand.configure({ database: { embedded: store(folder) } });
  const end = await stand.launch(command, { env: { TMPDIR: folder }, deadline }).ended;
  const problems = isRight(end, folder) ? [] : [describeEnd(end)];
  return [...problems, ...differences(before, look())];
}
