import type { Command } from './measure.ts';
import { isRollcall, type Contender, type Mode } from './contenders.ts';
import type { Day } from './data.ts';
import { measureAll, medianOf, type Measurement } from './measure.ts';
import { contentsOf, type State, type Stores } from './stores.ts';
import type { Line } from './results.ts';

export interface Work {
  name: string;
  state: State;
  day: Day;
  mode: Mode;
}

export const works: Work[] = [
  { name: 'first import', state: 'empty', day: 'base', mode: 'now' },
  { name: 'steady', state: 'base', day: 'steady', mode: 'now' },
  { name: 'no change', state: 'base', day: 'base', mode: 'now' },
  { name: 'dry run', state: 'base', day: 'steady', mode: 'test' },
];

/** What takes so long, in seconds, is measured once. */
export const long = 60;

/** Measures one work after the other, and tells how it goes. */
export class Races {
  private readonly runs: number;
  private readonly signal: AbortSignal;
  private readonly tell: (message: string) => void;

  constructor(runs: number, signal: AbortSignal, tell: (message: string) => void) {
    this.runs = runs;
    this.signal = signal;
    this.tell = tell;
  }

  /** All contenders in turn, again and again, so that what else the machine does meets them all alike. */
  async compete(stores: Stores, contenders: Contender[], users: number, work: Work): Promise<Line> {
    const able = contenders.filter((one) => users <= one.most && (work.mode === 'now' || isRollcall(one)));
    const taken = new Map<Contender, Measurement[]>(able.map((one) => [one, []]));
    const expected: Record<string, string> = {};
    for (let run = 0; run < this.runs; run++) {
      for (const [contender, earlier] of taken) {
        const { name, program, patience, alteration } = contender;
        if (run > 0 && (users > patience || earlier.some(({ seconds }) => seconds > long))) continue;
        const label = `${users} users, ${work.name}, ${name}`;
        await stores.lend(program, work, users, async (task) => {
          if (alteration !== null) await stores.alter(alteration);
          earlier.push(await this.time(label, contender.commands(task, work.mode)));
          if (run > 0) return;
          for (const [what, found] of Object.entries(await contentsOf(stores))) {
            if (what === 'keys' && !isRollcall(contender)) continue;
            if (found !== (expected[what] ??= found))
              throw new Error(`${label}: not the same ${what} (${found})`);
          }
        });
      }
    }
    const medians = [...taken].map(([{ name }, results]) => [name, medianOf(results)] as const);
    return { users, work: work.name, results: new Map(medians) };
  }

  /** The median of what has nothing to compare with. */
  async alone(once: () => Promise<Measurement>): Promise<Measurement> {
    const results: Measurement[] = [];
    for (let run = 0; run < this.runs; run++) results.push(await once());
    return medianOf(results);
  }

  async time(label: string, commands: Command[]): Promise<Measurement> {
    const result = await measureAll(commands, this.signal);
    this.tell(`${label}: ${result.seconds.toFixed(2)} s, ${Math.round(result.megabytes)} MB`);
    return result;
  }
}
