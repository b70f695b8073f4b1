import { Random } from '../faults/random.ts';
import type { Store } from '../../src/database/store.ts';
import type { Directory } from '../servers/directory.ts';
import { predict } from './oracle.ts';
import { play } from './play.ts';
import { randomSetting, randomWorld } from './worlds.ts';

/** How many worlds are played in one run: the more, the faster, but with fewer settings. */
const together = (wanted: number) => Math.min(1_500, Math.max(60, Math.ceil(wanted / 12)));
/** Of those whose answers are refused, which have to be played one by one. */
const refusedInEach = 2;

export interface Played {
  worlds: number;
  /** What differed from the prediction, each with its world. */
  differing: string[];
}

/** Plays random worlds with the real program, and compares each with what the contract says. */
export async function playMany(
  store: Store,
  directory: Directory,
  { worlds: wanted, seed }: { worlds: number; seed: number },
): Promise<Played> {
  const random = new Random(seed);
  const played: Played = { worlds: 0, differing: [] };
  for (let number = 1; played.worlds < wanted && played.differing.length < 5;) {
    const setting = randomSetting(random, new Date().toISOString().slice(0, 10));
    const worlds = Array.from({ length: together(wanted) }, () => {
      const world = randomWorld(random, number, setting);
      return { number: number++, world, prediction: predict(world) };
    });
    const accepted = worlds.filter(({ prediction }) => prediction.refused === null);
    const refused = worlds.filter(({ prediction }) => prediction.refused !== null).slice(0, refusedInEach);
    for (const group of [accepted, ...refused.map((world) => [world])]) {
      played.differing.push(...(await play(store, directory, group, random)));
      played.worlds += group.length;
    }
  }
  return played;
}
