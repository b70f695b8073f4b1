import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Command {
  program: string;
  args: string[];
  env?: Record<string, string>;
  /** What it reads from its standard input; nothing without it. */
  input?: string | Iterable<string>;
}

export interface Measurement {
  seconds: number;
  /** The peaks of all its processes, added up; 0 when it ended too soon, and where there is no /proc. */
  megabytes: number;
}

/** Runs commands one after the other, each measured by itself: the times are added, the largest memory counts. */
export async function measureAll(commands: Command[], signal: AbortSignal): Promise<Measurement> {
  const total = { seconds: 0, megabytes: 0 };
  for (const command of commands) {
    const { seconds, megabytes } = await measure(command, signal);
    total.seconds += seconds;
    total.megabytes = Math.max(total.megabytes, megabytes);
  }
  return total;
}

/** @throws when the command fails, with what it said */
export async function measure(
  { program, args, env, input = [] }: Command,
  signal: AbortSignal,
): Promise<Measurement> {
  signal.throwIfAborted();
  const peaks = new Map<number, number>();
  const start = process.hrtime.bigint();
  // A group of its own, so that a whole pipeline can be ended.
  const child = spawn(program, args, {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  // Whatever ends before it has read everything says why.
  pipeline(Readable.from(input), child.stdin).catch(() => undefined);
  const { pid } = child;
  const end = () => pid !== undefined && process.kill(-pid, 'SIGKILL');
  signal.addEventListener('abort', end, { once: true });
  const timer = setInterval(() => pid !== undefined && watch(pid, peaks), 20);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_000)));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    signal.throwIfAborted();
    if (code !== 0)
      throw new Error(`${[program, ...args].join(' ')} ended with ${code ?? 'a signal'}:\n${said}`);
    const kilobytes = [...peaks.values()].reduce((sum, peak) => sum + peak, 0);
    return { seconds, megabytes: kilobytes / 1024 };
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', end);
  }
}

/** Notes the high-water mark that Linux keeps of a process, and of its children. */
function watch(pid: number, peaks: Map<number, number>): void {
  try {
    const peak = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    if (peak !== undefined) peaks.set(pid, Number(peak));
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
    for (const child of children.match(/\d+/g) ?? []) watch(Number(child), peaks);
  } catch {
    // It has ended meanwhile, or this is not Linux.
  }
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

/** The median time and the median memory. */
export function medianOf(measurements: Measurement[]): Measurement {
  return {
    seconds: median(measurements.map(({ seconds }) => seconds)),
    megabytes: median(measurements.map(({ megabytes }) => megabytes)),
  };
}
