import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { resolve } from 'node:path';

/** Below the folder where npm runs its scripts; this file may be compiled to somewhere else. */
export const binary = resolve('bin/rollcall.js');

/** How a process ended, and all that it said. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** Milliseconds from the start to the end. */
  took: number;
  /** It had to be killed, because it did not end by itself. */
  hung: boolean;
}

export interface Running {
  child: ChildProcessWithoutNullStreams;
  ended: Promise<Ended>;
}

export interface LaunchOptions {
  cwd?: string;
  env?: Record<string, string>;
  stdin?: string;
  /** A program with its arguments that runs the binary, such as one that enters a namespace first. */
  within?: readonly string[];
  /** Milliseconds after which a process counts as hung. */
  deadline?: number;
}

/** Spawns the real binary, in an environment that holds nothing but what it is given. */
export function launch(
  args: string[],
  { cwd, env = {}, stdin = '', within = [], deadline = 120_000 }: LaunchOptions = {},
): Running {
  const began = Date.now();
  const [program = process.execPath, ...rest] = [...within, process.execPath, binary, ...args];
  const child = spawn(program, rest, {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => (said[name] += chunk));
  }
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    child.kill('SIGKILL');
  }, deadline);
  const ended = new Promise<Ended>((done) => {
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      done({ code, signal, ...said, took: Date.now() - began, hung });
    });
  });
  return { child, ended };
}

/** How it ended, in a few words for a report of a violation. */
export function describeEnd({ code, signal, stdout, stderr, hung }: Ended): string {
  const how = hung ? 'hung' : signal === null ? `exit ${code ?? '?'}` : `signal ${signal}`;
  return `${how}; stdout ${JSON.stringify(stdout.slice(-300))}; stderr ${JSON.stringify(stderr.slice(0, 600))}`;
}

/** Whether it said one line on standard error and nothing else. */
export const saidOneLine = ({ stdout, stderr }: Ended) => stdout === '' && /^[^\n]+\n$/.test(stderr);
