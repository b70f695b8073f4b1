import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { inspectConfig, loadConfig, type Surroundings } from '../../src/config/load.ts';
import type { ServerSettings } from '../../src/directory/application-integration/password.ts';

/** The folder of the configuration of each test. */
export let folder: string;

/** Gives each test of a file a folder. */
export function useFolder(): void {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
}

/** Nothing but some variables, and what arrives on standard input. */
export const surroundings = (env: Record<string, string> = {}, input = ''): Surroundings => ({
  env,
  stdin: Readable.from([Buffer.from(input)]),
});

export const minimal = 'directory:\n  url: https://directory.example.com/\n';

export function write(text: string, mode = 0o600): string {
  const file = join(folder, 'rollcall.yaml');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

export const load = (file: string, env: Record<string, string> = {}) => loadConfig(file, surroundings(env));

/** Every problem as `line:column key: message`. */
export async function problems(text: string, env: Record<string, string> = {}): Promise<string[]> {
  return (await inspectConfig(write(text), surroundings(env))).problems.map(
    ({ line, column, key, message }) => `${line}:${column} ${key}: ${message}`,
  );
}

/** The directory of a configuration, which must be a server. */
export function serverOf({ directory }: Config): ServerSettings {
  if ('url' in directory) return directory;
  throw new Error('the directory is a file');
}
