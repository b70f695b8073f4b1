import type { Measurement } from './measure.ts';
import type { Line, Results } from './results.ts';

interface Target {
  what: string;
  /** NaN for what was not measured. */
  measure: (results: Results) => number;
  unit: '×' | 'MB';
  least?: number;
  most?: number;
}

export type Judgement = Omit<Target, 'measure'> & { measured: number };

const each = ['first import', 'steady', 'no change'];
const daily = ['steady', 'no change'];
const [thousand, tenThousand, hundredThousand, million] = [1_000, 10_000, 100_000, 1_000_000];

const targets: Target[] = [
  ...slower('curl-jq-psql', million, daily, 3),
  ...slower('knex-1000', million, daily, 8),
  ...slower('floor', million, daily, 1),
  ...slower('curl-jq-psql', hundredThousand, daily, 2.5),
  ...slower('knex-1000', hundredThousand, daily, 4),
  ...slower('knex-1', hundredThousand, daily, 40),
  ...slower('curl-jq-psql', tenThousand, daily, 1),
  ...daily.map((work): Target => ({
    what: `${count(thousand)}, ${work}, the other Node: rollcall ÷ curl-jq-psql`,
    measure: ({ other }) => ratio(other, thousand, work, 'rollcall', 'curl-jq-psql'),
    unit: '×',
    most: 2.5,
  })),
  ...slower('curl-jq-psql', million, ['first import'], 1.5),
  ...slower('floor', million, ['first import'], 1),
  {
    what: `memory at ${count(million)}`,
    measure: ({ lines }) => peak(lines, million),
    unit: 'MB',
    most: 180,
  },
  {
    what: `memory at ${count(million)} ÷ memory at ${count(tenThousand)}`,
    measure: ({ lines }) => peak(lines, million) / peak(lines, tenThousand),
    unit: '×',
    most: 1.5,
  },
  {
    what: '`rollcall --help` ÷ `node -e 0`',
    measure: ({ starts: [first] }) => (first === undefined ? NaN : first.help / first.nothing),
    unit: '×',
    most: 1.3,
  },
  ...['first import', 'steady'].map((work): Target => ({
    what: `embedded store, ${count(hundredThousand)}, ${work}: rollcall ÷ before`,
    measure: ({ embedded }) => ratio(embedded, hundredThousand, work, 'rollcall', 'before'),
    unit: '×',
    most: 0.5,
  })),
  {
    what: `embedded store, ${count(hundredThousand)}: memory`,
    measure: ({ embedded }) => peak(embedded, hundredThousand),
    unit: 'MB',
    most: 700,
  },
];

/** What was measured of what is asked. */
export const judge = (results: Results): Judgement[] =>
  targets
    .map(({ measure, ...target }) => ({ ...target, measured: measure(results) }))
    .filter(({ measured }) => !Number.isNaN(measured));

/** How many targets there are. */
export const { length: targetCount } = targets;

export const isReached = ({ measured, least = -Infinity, most = Infinity }: Judgement) =>
  measured >= least && measured <= most;

/** How many times as long as rollcall another must take. */
function slower(other: string, users: number, works: string[], least: number): Target[] {
  return works.map((work) => ({
    what: `${count(users)}, ${work}: ${other} ÷ rollcall`,
    measure: ({ lines }) => ratio(lines, users, work, other, 'rollcall'),
    unit: '×',
    least,
  }));
}

function count(users: number): string {
  return `${users.toLocaleString('en-US')} users`;
}

function ratio(lines: Line[], users: number, work: string, one: string, other: string): number {
  const secondsOf = (name: string) => find(lines, users, work, name)?.seconds ?? NaN;
  return secondsOf(one) / secondsOf(other);
}

/** The most that rollcall takes for any of the works. */
function peak(lines: Line[], users: number): number {
  return Math.max(...each.map((work) => find(lines, users, work, 'rollcall')?.megabytes ?? NaN));
}

function find(lines: Line[], users: number, work: string, name: string): Measurement | undefined {
  return lines.find((line) => line.users === users && line.work === work)?.results.get(name);
}
