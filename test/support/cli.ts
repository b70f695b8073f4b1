import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';

export const binary = resolve(import.meta.dirname, '../../bin/rollcall.js');

/** How a process ended, and all that it said. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  cwd?: string;
  stdin?: string;
}

/** Spawns the real binary, in an environment that holds nothing but what it is given. */
export function start(args: string[], { env = {}, cwd, stdin }: RunOptions = {}) {
  const child = spawn(process.execPath, [binary, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(stdin ?? '');
  const result = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => (result[name] += chunk));
  }
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, ...result })));
  return { child, ended };
}

export const rollcall = (args: string[], options?: RunOptions): Promise<Ended> => start(args, options).ended;

/** A folder with a configuration in it, which is the working folder of every command. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'));

  configure(config: object): void {
    writeFileSync(join(this.folder, 'rollcall.yaml'), stringify(config), { mode: 0o600 });
  }

  spawn(words: string[], options: RunOptions = {}): Promise<Ended> {
    return rollcall(words, { cwd: this.folder, ...options });
  }

  run(command: string, options: RunOptions = {}): Promise<Ended> {
    return this.spawn(command.split(/ +/), options);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Each line of a JSON result. */
export const parseLines = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
