import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from './measure.ts';

/** What is to be done: bring a database in step with a listing. */
export interface Task {
  /** The URL of the listing. */
  listing: string;
  /** The file with the same as ready rows. */
  rows: string;
  /** The database section of a rollcall configuration. */
  database: { url: string } | { embedded: string };
  /** For whatever files it takes. */
  folder: string;
}

/** A rollcall to be measured, and the Node that runs it. */
export interface Program {
  name: 'rollcall' | 'before';
  node: string;
  /** Of that Node, such as `20.20.0`. */
  version: string;
  /** The checkout that it was built in. */
  root: string;
}

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const today: Program = {
  name: 'rollcall',
  node: process.execPath,
  version: process.versions.node,
  root,
};

export function withNode(path: string): Program {
  const version = execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim();
  return { ...today, node: resolve(path), version };
}

export function builtIn(folder: string): Program {
  if (!existsSync(join(folder, 'dist/cli.js'))) throw new Error(`nothing has been built in ${folder}`);
  return { ...today, name: 'before', root: resolve(folder) };
}

/** A synchronization, as cron would run it. */
export function sync(program: Program, task: Task, mode: 'now' | 'test'): Command {
  const limits = ['--max-deletes', '100%', '--max-updates', '100%'];
  return configured(program, task, 'sync', mode, '--quiet', ...limits);
}

/** `rollcall archives import` of an mbox. */
export const importOf = (program: Program, task: Task, mbox: string): Command =>
  configured(program, task, 'archives', 'import', mbox, '--quiet');

/** A logon, with a password that the directory accepts. */
export const login = (program: Program, task: Task, userName: string): Command => ({
  ...configured(program, task, 'login', '--password-stdin', userName),
  input: 'secret\n',
});

export const help = (program: Program): Command => run(program, '--help');
export const nothing = ({ node }: Program): Command => ({ program: node, args: ['-e', '0'] });

/** Writes the configuration of a task into its folder. */
export function configure({ listing, database, folder }: Task): string {
  const path = join(folder, 'rollcall.yaml');
  // JSON is YAML.
  const content = { directory: { url: listing }, database, options: { deleteUsers: true } };
  writeFileSync(path, JSON.stringify(content), { mode: 0o600 });
  return path;
}

function configured(program: Program, task: Task, ...args: string[]): Command {
  return { ...run(program, ...args, '--config', configure(task)), env: { TMPDIR: task.folder } };
}

const run = ({ node, root }: Program, ...args: string[]): Command => ({
  program: node,
  args: [join(root, 'bin/rollcall.js'), ...args],
});
