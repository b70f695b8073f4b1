import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from './measure.ts';

/** What is to be done: bring a database in step with a listing. */
export interface Task {
  /** The URL of the listing. */
  listing: string;
  /** The file with the same as ready rows. */
  rows: string;
  /** The database section of a rollcall configuration; its URL is `url`. */
  database: { url: string } | { embedded: string };
  /** For whatever files it takes. */
  folder: string;
}

export interface Contender {
  name: string;
  /** Programs that have to be there. */
  needs: string[];
  /** Larger listings would take too long. */
  most: number;
  commands: (task: Task) => Command[];
}

const root = new URL('../../', import.meta.url);
const path = (name: string) => fileURLToPath(new URL(name, root));
const node = (...args: string[]): Command => ({ program: process.execPath, args });

/** `rollcall` itself, as cron would run it. */
export function rollcall(task: Task, mode: 'now' | 'test'): Command {
  const limits = ['--max-deletes', '100%', '--max-updates', '100%'];
  return configured(task, 'sync', mode, '--quiet', ...limits);
}

/** `rollcall archives import` of an mbox. */
export const importOf = (task: Task, mbox: string): Command =>
  configured(task, 'archives', 'import', mbox, '--quiet');

function configured(task: Task, ...args: string[]): Command {
  const config = join(task.folder, 'rollcall.yaml');
  // JSON is YAML.
  const content = {
    directory: { url: task.listing },
    database: task.database,
    options: { deleteUsers: true },
  };
  writeFileSync(config, JSON.stringify(content), { mode: 0o600 });
  const command = node(path('bin/rollcall.js'), ...args, '--config', config);
  return { ...command, env: { TMPDIR: task.folder } };
}

export const help = node(path('bin/rollcall.js'), '--help');
export const nothing = node('-e', '0');

const url = ({ database }: Task) => ('url' in database ? database.url : '');

const curl = 'curl --silent --show-error --fail --data cmd=list';

/** psql in one transaction, the rows from its standard input. */
const psql = (task: Task, sql: string) =>
  `psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --single-transaction -f ${path(`bench/${sql}`)} -f ${path('bench/merge.sql')} '${url(task)}'`;

const sh = (script: string): Command => ({
  program: 'bash',
  args: ['-c', `set -o pipefail; ${script}`],
  env: { PGOPTIONS: '-c search_path=rollcall,pg_temp' },
});

const jq = String.raw`[.userName, .fullName, .distinguishedName, (.emailAddresses | join("\n"))] | @tsv`;

const upsert = (task: Task, chunk: number) =>
  node(path('build/bench/upsert.js'), task.listing, url(task), path('bench/archives.sql'), String(chunk));

export const contenders: Contender[] = [
  { name: 'rollcall', needs: [], most: Infinity, commands: (task) => [rollcall(task, 'now')] },
  {
    name: 'curl-jq-psql',
    needs: ['bash', 'curl', 'jq', 'psql'],
    most: Infinity,
    commands: (task) => [sh(`${curl} ${task.listing} | jq -r '.[] | ${jq}' | ${psql(task, 'incoming.sql')}`)],
  },
  { name: 'knex-1000', needs: [], most: Infinity, commands: (task) => [upsert(task, 1_000)] },
  { name: 'knex-1', needs: [], most: 100_000, commands: (task) => [upsert(task, 1)] },
  {
    name: 'floor',
    needs: ['bash', 'curl', 'psql'],
    most: Infinity,
    commands: (task) => {
      const file = join(task.folder, 'listing.json');
      const parse = `JSON.parse(require('fs').readFileSync(process.argv[1], 'utf8'))`;
      return [
        sh(`${curl} --output ${file} ${task.listing}`),
        node('-e', parse, file),
        sh(`${psql(task, 'ready.sql')} < ${task.rows}`),
      ];
    },
  },
];

/** The contenders of these names that can run on this machine; those that cannot are named. */
export function present(names: string[], warn: (message: string) => void): Contender[] {
  return contenders.filter(({ name, needs }) => {
    if (!names.includes(name)) return false;
    const missing = needs.filter((program) => spawnSync(program, ['--version']).error !== undefined);
    if (missing.length > 0)
      warn(`SKIPPED: "${name}" needs ${missing.join(' and ')}, not found on this machine`);
    return missing.length === 0;
  });
}
