import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { launch, type Ended as Whole, type LaunchOptions } from './launch.ts';

/** How a process ended, and all that it said. */
export type Ended = Pick<Whole, 'code' | 'stdout' | 'stderr'>;

/** Spawns the real binary, in an environment that holds nothing but what it is given. */
export function start(args: string[], options: LaunchOptions = {}) {
  const { child, ended } = launch(args, options);
  return { child, ended: ended.then(({ code, stdout, stderr }): Ended => ({ code, stdout, stderr })) };
}

export const rollcall = (args: string[], options?: LaunchOptions): Promise<Ended> =>
  start(args, options).ended;

/** A folder with a configuration in it, which is the working folder of every command. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'));

  configure(config: object): void {
    writeFileSync(join(this.folder, 'rollcall.yaml'), stringify(config, { aliasDuplicateObjects: false }), {
      mode: 0o600,
    });
  }

  spawn(words: string[], options: LaunchOptions = {}): Promise<Ended> {
    return rollcall(words, { cwd: this.folder, ...options });
  }

  run(command: string, options: LaunchOptions = {}): Promise<Ended> {
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
