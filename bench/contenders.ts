import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root, sync, type Program, type Task } from './commands.ts';
import type { Command } from './measure.ts';

/** How a command of `sync` ends. */
export type Mode = 'now' | 'test';

export interface Contender {
  name: string;
  /** Heads its column. */
  title: string;
  /** Programs that have to be there. */
  needs: string[];
  /** Larger listings would take too long. */
  most: number;
  /** Beyond so many users it is measured once only. */
  patience: number;
  /** Who makes the tables that it works on. */
  program: Program;
  /** A change to the tables without which it could not run. */
  alteration: string | null;
  commands: (task: Task, mode: Mode) => Command[];
}

/** A version of rollcall itself. */
export const versionAsContender = (program: Program): Contender => ({
  ...always(program),
  name: program.name,
  title: program.name,
  commands: (task, mode) => [sync(program, task, mode)],
});

/** Whether it is a version of rollcall, which fills all columns and has a dry run. */
export const isRollcall = ({ name, program }: Contender) => name === program.name;

const always = (program: Program) => ({
  needs: [],
  most: Infinity,
  patience: Infinity,
  program,
  alteration: null,
});

const curl = 'curl --silent --show-error --fail --data cmd=list';

/** psql in one transaction, the rows from its standard input. */
export const psql = ({ database }: Task, ...files: string[]) =>
  `psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --single-transaction ${files
    .map((file) => `-f ${join(root, 'bench', file)}`)
    .join(' ')} '${'url' in database ? database.url : ''}'`;

export const sh = (script: string): Command => ({
  program: 'bash',
  args: ['-c', `set -o pipefail; ${script}`],
  env: { PGOPTIONS: '-c search_path=rollcall,pg_temp' },
});

const jq = String.raw`[.userName, .fullName, .distinguishedName, (.emailAddresses | join("\n"))] | @tsv`;
const parse = `JSON.parse(require('fs').readFileSync(process.argv[1], 'utf8'))`;

/** `on conflict` takes no deferrable constraint. */
const immediate = `alter table rollcall.users drop constraint users_name, add constraint users_name unique (name_key)`;

/** Rollcall and those it is compared with; what they need of Node is the one of the program. */
export function contendersWith(program: Program): Contender[] {
  const upsert = (chunk: number) => (task: Task) => {
    const url = 'url' in task.database ? task.database.url : '';
    const args = [task.listing, url, join(root, 'bench/archives.sql'), String(chunk)];
    return [{ program: program.node, args: [join(root, 'build/bench/upsert.js'), ...args] }];
  };
  return [
    versionAsContender(program),
    {
      ...always(program),
      name: 'curl-jq-psql',
      title: 'curl, jq, psql',
      needs: ['bash', 'curl', 'jq', 'psql'],
      commands: (task) => [
        sh(`${curl} ${task.listing} | jq -r '.[] | ${jq}' | ${psql(task, 'incoming.sql', 'merge.sql')}`),
      ],
    },
    {
      ...always(program),
      name: 'knex-1000',
      title: 'knex, 1,000 at a time',
      alteration: immediate,
      commands: upsert(1_000),
    },
    {
      ...always(program),
      name: 'knex-1',
      title: 'knex, one by one',
      most: 100_000,
      patience: 10_000,
      alteration: immediate,
      commands: upsert(1),
    },
    {
      ...always(program),
      name: 'floor',
      title: 'floor',
      needs: ['bash', 'curl', 'psql'],
      commands: (task) => {
        const file = join(task.folder, 'listing.json');
        return [
          sh(`${curl} --output ${file} ${task.listing}`),
          { program: program.node, args: ['-e', parse, file] },
          sh(`${psql(task, 'ready.sql', 'merge.sql')} < ${task.rows}`),
        ];
      },
    },
  ];
}

/** The programs of these that are not on this machine. */
export const missing = (programs: string[]) =>
  programs.filter((program) => spawnSync(program, ['--version']).error !== undefined);

/** The contenders that can run on this machine; those that cannot are named. */
export function present(contenders: Contender[], warn: (message: string) => void): Contender[] {
  return contenders.filter(({ name, needs }) => {
    const lacking = missing(needs);
    if (lacking.length > 0)
      warn(`SKIPPED: "${name}" needs ${lacking.join(' and ')}, not found on this machine`);
    return lacking.length === 0;
  });
}
