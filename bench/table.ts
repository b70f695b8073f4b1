import { cpus, totalmem } from 'node:os';
import type { Measurement } from './measure.ts';

/** One line of the result: what each contender took for the same work. */
export interface Line {
  users: number;
  work: string;
  results: Map<string, Measurement>;
}

const us = 'rollcall';
const floor = 'floor';

export function timeTable(lines: Line[], names: string[]): string {
  const others = names.filter((name) => name !== us);
  return markdown(
    ['users', 'work', us, ...others, ...(names.includes(floor) ? [`${us} ÷ ${floor}`] : [])],
    lines.map(({ users, work, results }) => {
      const own = results.get(us)?.seconds ?? NaN;
      const least = results.get(floor)?.seconds ?? NaN;
      return [
        users.toLocaleString('en-US'),
        work,
        seconds(own),
        ...others.map((name) => {
          const other = results.get(name)?.seconds ?? NaN;
          return Number.isNaN(other) ? '–' : `${seconds(other)} (${times(other / own)})`;
        }),
        ...(names.includes(floor) ? [times(own / least)] : []),
      ];
    }),
  );
}

export function memoryTable(lines: Line[], names: string[]): string {
  return markdown(
    ['users', 'work', ...names],
    lines.map(({ users, work, results }) => [
      users.toLocaleString('en-US'),
      work,
      ...names.map((name) => megabytes(results.get(name)?.megabytes ?? 0)),
    ]),
  );
}

/** What it ran on. */
export function machine(postgres: string): string {
  const processors = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `Node ${process.versions.node}, Postgres ${postgres}; ${processors.length} × ${processors[0]?.model ?? 'unknown'}, ${memory} GB, ${process.platform}`;
}

const seconds = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} s`;
export const times = (value: number) =>
  Number.isNaN(value) ? '–' : `${value.toFixed(value < 10 ? 2 : 0)} ×`;
const megabytes = (value: number) => (value === 0 ? '–' : `${Math.round(value)} MB`);

function markdown(head: string[], body: string[][]): string {
  const rule = head.map((_, i) => (i === 1 ? '---' : '---:'));
  return [head, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
