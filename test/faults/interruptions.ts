import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeEnd, saidOneLine, type Running } from '../support/launch.ts';
import type { Context, Result } from './fault.ts';
import { inLanes } from './lanes.ts';
import { slowAnswers } from './slow-answers.ts';
import { Stand, type Kind } from './stand.ts';

/** In ms, from the signal to the end. */
const patience = 6_000;
const pipe = 'pipe';
const codes = { SIGTERM: 143, SIGINT: 130 } as const;
const signals = ['SIGTERM', 'SIGINT'] as const;

/** Starts a command that waits for somebody who never comes; resolves once it waits. */
type Begin = (stand: Stand) => Promise<Running>;

const importing: Begin = async (stand) => {
  const running = stand.launch(`archives import ${pipe}`, { deadline: 30_000 });
  while (isRunning(running) && !isOpen(running, join(stand.folder, pipe))) await sleep(5);
  return running;
};

const listening =
  (answer: (typeof slowAnswers)[keyof typeof slowAnswers]): Begin =>
  async (stand) => {
    const asked = new Promise<void>((resolve) => {
      stand.directory.answers((_, response) => {
        answer(response);
        resolve();
      });
    });
    const running = stand.launch('sync now', { deadline: 30_000 });
    await Promise.race([asked, running.ended]);
    return running;
  };

const waits: Record<string, Begin> = {
  'archives import, a pipe without a writer': importing,
  'sync now, a listing that drips': listening(slowAnswers['drips its body']),
  'sync now, a header that drips': listening(slowAnswers['drips its header']),
};

const isRunning = ({ child }: Running) => child.exitCode === null && child.signalCode === null;

function isOpen({ child }: Running, path: string): boolean {
  const folder = `/proc/${child.pid ?? 0}/fd`;
  try {
    return readdirSync(folder).some((name) => readlinkSync(join(folder, name)) === path);
  } catch {
    // It has just ended, or closed a file.
    return false;
  }
}

/** A signal ends whoever waits. */
async function interrupt(stand: Stand, begin: Begin, signal: keyof typeof codes, pause: number) {
  const { child, ended } = await begin(stand);
  await sleep(pause);
  const sent = Date.now();
  child.kill(signal);
  const end = await ended;
  const took = Date.now() - sent;
  const problems = end.code === codes[signal] && saidOneLine(end) ? [] : [describeEnd(end)];
  if (took > patience) problems.push(`it ended ${took} ms after ${signal}`);
  return problems;
}

/** Nobody reads the output: that is told before anything is done. */
async function outputNobodyReads(stand: Stand): Promise<string[]> {
  const end = await stand.launch(`sync test --output ${pipe}`, { deadline: 30_000 }).ended;
  const problems = end.code === 64 && saidOneLine(end) ? [] : [describeEnd(end)];
  if (end.took > patience) problems.push(`it took ${end.took} ms`);
  return problems;
}

/** Each case so often. */
export async function interruptions(context: Context, kind: Kind, times: number): Promise<Result> {
  const violations: string[] = [];
  const cases: [string, (stand: Stand) => Promise<string[]>][] = [
    ...Object.entries(waits).flatMap(([what, begin]) =>
      signals.map((signal): (typeof cases)[number] => [
        `${signal}, ${what}`,
        (stand) => interrupt(stand, begin, signal, context.random.below(1_000)),
      ]),
    ),
    ['sync test, an output that nobody reads', outputNobodyReads],
  ];
  const all = Array.from({ length: times }, () => cases).flat();
  await inLanes(
    all.length,
    async () => {
      const stand = await Stand.open(kind, context.postgres.url);
      execFileSync('mkfifo', [join(stand.folder, pipe)]);
      return stand;
    },
    (stand) => stand.close(),
    async (stand, index) => {
      const [what, attempt] = all[index] ?? ['', () => Promise.resolve([])];
      violations.push(...(await attempt(stand)).map((problem) => `${kind}, ${what}: ${problem}`));
    },
  );
  return { done: all.length, violations, detail: `${kind}, signals and pipes: ${all.length}` };
}
