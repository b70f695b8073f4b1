import { cpus, totalmem } from 'node:os';
import type { Line, Start } from './results.ts';
import { isReached, type Judgement } from './targets.ts';

/** Names the columns of contenders. */
interface Column {
  name: string;
  title: string;
}

const us = 'rollcall';

/** The time of rollcall, and how many times that the others took. */
export function ratioTable(lines: Line[], columns: Column[]): string {
  const others = columns.filter(({ name }) => name !== us);
  return markdown(
    ['users', 'work', us, ...others.map(({ title }) => title), 'memory'],
    lines.map(({ users, work, results }) => {
      const own = results.get(us);
      return [
        users.toLocaleString('en-US'),
        work,
        seconds(own?.seconds),
        ...others.map(({ name }) => times((results.get(name)?.seconds ?? NaN) / (own?.seconds ?? NaN))),
        megabytes(own?.megabytes),
      ];
    }),
  );
}

/** What everybody took. */
export function timeTable(lines: Line[], columns: Column[]): string {
  return markdown(
    ['users', 'work', ...columns.map(({ title }) => title)],
    lines.map(({ users, work, results }) => [
      users.toLocaleString('en-US'),
      work,
      ...columns.map(({ name }) => {
        const result = results.get(name);
        return result === undefined ? '–' : `${seconds(result.seconds)}, ${megabytes(result.megabytes)}`;
      }),
    ]),
  );
}

export function startTable(starts: Start[]): string {
  const clients = [...new Set(starts.flatMap(({ dovecot }) => dovecot.map((one) => one.clients)))];
  return markdown(
    [
      'Node',
      'version',
      '`node -e 0`',
      '`rollcall --help`',
      '',
      '`rollcall login`',
      ...clients.map((count) => `Dovecot, ${count} at once`),
    ],
    starts.map(({ program, nothing, help, login, dovecot }) => [
      program.version,
      program.name,
      milliseconds(nothing),
      milliseconds(help),
      times(help / nothing),
      milliseconds(login),
      ...dovecot.map((one) => `${one.perSecond.toFixed(1)} a second, ${milliseconds(one.seconds)} each`),
    ]),
  );
}

export function targetTable(judgements: Judgement[]): string {
  return markdown(
    ['measured', 'target', 'asked', ''],
    judgements.map((judgement) => {
      const { what, measured, unit, least, most } = judgement;
      const figure = unit === 'MB' ? megabytes : times;
      const asked = least === undefined ? `at most ${figure(most)}` : `at least ${figure(least)}`;
      return [figure(measured), what, asked, isReached(judgement) ? 'reached' : 'missed'];
    }),
  );
}

/** What it ran on. */
export function machine(): string {
  const processors = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${processors.length} × ${processors[0]?.model ?? 'unknown'}, ${memory} GB, ${process.platform}`;
}

const seconds = (value = NaN) => (Number.isNaN(value) ? '–' : `${value.toFixed(value < 10 ? 2 : 1)} s`);
const milliseconds = (value: number) => `${Math.round(value * 1_000)} ms`;
const times = (value = NaN) => (Number.isNaN(value) ? '–' : `${value.toFixed(2)} ×`);
const megabytes = (value = 0) => (value === 0 ? '–' : `${Math.round(value)} MB`);

function markdown(head: string[], body: string[][]): string {
  const rule = head.map((_, i) => (i === 1 ? '---' : '---:'));
  return [head, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
