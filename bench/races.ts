import { help, nothing, rollcall, type Contender, type Task } from './contenders.ts';
import type { Day } from './data.ts';
import type { Laboratory, State } from './laboratory.ts';
import { measure, measureAll, median, medianOf, type Command, type Measurement } from './measure.ts';
import { times, type Line } from './table.ts';

export interface Work {
  name: string;
  state: State;
  day: Day;
}

export const works: Work[] = [
  { name: 'first import', state: 'empty', day: 'base' },
  { name: 'steady', state: 'base', day: 'steady' },
  { name: 'no change', state: 'base', day: 'base' },
];

/** What takes longer than this, in seconds, is measured once. */
export const long = 20;

/** Measures one work after the other, and tells how it goes. */
export class Races {
  private readonly laboratory: Laboratory;
  private readonly runs: number;
  private readonly signal: AbortSignal;
  private readonly tell: (message: string) => void;

  constructor(laboratory: Laboratory, runs: number, signal: AbortSignal, tell: (message: string) => void) {
    this.laboratory = laboratory;
    this.runs = runs;
    this.signal = signal;
    this.tell = tell;
  }

  /** All contenders in turn, again and again, so that what else the machine does meets them all alike. */
  async compete(contenders: Contender[], users: number, work: Work): Promise<Line> {
    const taken = new Map<string, Measurement[]>();
    let expected: string | null = null;
    for (let run = 0; run < this.runs; run++) {
      for (const contender of contenders) {
        const before = taken.get(contender.name) ?? [];
        if (users > contender.most || before.some(({ seconds }) => seconds > long)) continue;
        const label = `${users} users, ${work.name}, ${contender.name}`;
        await this.laboratory.withTask(work.state, work.day, users, async (task) => {
          taken.set(contender.name, [...before, await this.#time(label, contender.commands(task))]);
          const contents = await this.laboratory.contents();
          if (contents !== (expected ??= contents))
            throw new Error(`${label}: not the same work (${contents})`);
        });
      }
    }
    const medians = [...taken].map(([name, results]) => [name, medianOf(results)] as const);
    return { users, work: work.name, results: new Map(medians) };
  }

  /** `sync test`, for which there is nothing to compare. */
  async test(users: number): Promise<Line> {
    const name = 'steady, `sync test`';
    return this.alone(users, name, (time) =>
      this.laboratory.withTask('base', 'steady', users, (task) => time(rollcall(task, 'test'))),
    );
  }

  async embedded(users: number): Promise<Line[]> {
    await this.laboratory.prepareEmbedded(users);
    const lines: Line[] = [];
    for (const { name, state, day } of works) {
      const line = await this.alone(users, name, (time) =>
        this.laboratory.withEmbedded(state, day, users, (task: Task) => time(rollcall(task, 'now'))),
      );
      lines.push(line);
    }
    return lines;
  }

  /** How long the first word takes, in comparison with Node itself. */
  async start(): Promise<string> {
    const [ours, bare]: [number[], number[]] = [[], []];
    for (let run = 0; run < 15; run++) {
      bare.push((await measure(nothing, this.signal)).seconds);
      ours.push((await measure(help, this.signal)).seconds);
    }
    const ms = (values: number[]) => `${Math.round(median(values) * 1_000)} ms`;
    return `\`rollcall --help\` ${ms(ours)}, \`node -e 0\` ${ms(bare)}: ${times(median(ours) / median(bare))} (median of 15).`;
  }

  async alone(
    users: number,
    work: string,
    once: (time: (command: Command) => Promise<Measurement>) => Promise<Measurement>,
  ): Promise<Line> {
    const results: Measurement[] = [];
    for (let run = 0; run < this.runs; run++) {
      results.push(await once((command) => this.#time(`${users} users, ${work}, rollcall`, [command])));
    }
    return { users, work, results: new Map([['rollcall', medianOf(results)]]) };
  }

  async #time(label: string, commands: Command[]): Promise<Measurement> {
    const result = await measureAll(commands, this.signal);
    this.tell(`${label}: ${result.seconds.toFixed(2)} s, ${Math.round(result.megabytes)} MB`);
    return result;
  }
}
