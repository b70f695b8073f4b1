import { sync, today } from './commands.ts';
import { psql, sh } from './contenders.ts';
import { inPieces, people, rowOf } from './data.ts';
import type { Laboratory } from './laboratory.ts';
import { measure } from './measure.ts';
import type { Races } from './races.ts';
import type { Line } from './results.ts';

const users = 10_000_000;

/** A run without a change among ten million users, once; the tables are those of a smaller size, filled without rollcall. */
export async function measureHuge(
  { listings, databases }: Laboratory,
  races: Races,
  size: number,
  signal: AbortSignal,
): Promise<Line> {
  await listings.writeBase(users);
  const from = { state: 'empty', day: 'base' } as const;
  const result = await databases.lend(today, from, size, async ({ database }) => {
    const task = listings.task(database, 'base', users);
    await measure({ ...sh(psql(task, 'huge.sql')), input: inPieces(fullRows()) }, signal);
    await databases.alter('vacuum (freeze, analyze)');
    const taken = await races.time(`${users} users, no change`, [sync(today, task, 'now')]);
    const [changes] = await databases.ask('select count(*) from rollcall.run_changes');
    if (changes !== '0') throw new Error(`${changes ?? 'unknown'} changes, where nothing has changed`);
    return taken;
  });
  await listings.remove(users);
  return { users, work: 'no change', results: new Map([[today.name, result]]) };
}

/** With the key of the DN, which is plain. */
function* fullRows(): Generator<string> {
  for (const person of people(users, 'base'))
    yield `${[...rowOf(person), person.distinguishedName.toLowerCase()].join('\t')}\n`;
}
