import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { administer } from '../servers/administer.ts';
import { describeEnd, type Running } from '../support/launch.ts';
import { put } from '../support/state.ts';
import type { Context, Fault } from './fault.ts';
import { Hog } from './hog.ts';

/** What another role can do to keep a run out. */
export const lockHog: Fault = {
  promise: 'Nobody without rights on the user database keeps a run out',
  figure:
    'roles with CONNECT or SELECT alone hold every lock that they can get, under a forged name; a real second run is told by its role and address',
  run: async (context: Context) => {
    const violations: string[] = [];
    let done = 0;
    for (let i = context.times(3); i > 0; i--) {
      for (const [what, attempt] of Object.entries({ advisory, reader, readerOfNothing, second })) {
        const hog = await Hog.open(context);
        try {
          const problems = await attempt(hog);
          violations.push(...problems.map((problem) => `${what}: ${problem}`));
        } finally {
          await hog.close();
        }
        done += 1;
        context.tell(`${what}: ${done} done, ${violations.length} violations`);
      }
    }
    return { done, violations };
  },
};

interface Lock {
  /** Both unsigned. */
  high: number;
  low: number;
  /** 1: of one number; 2: of two. */
  parts: number;
}

/** It sees in `pg_locks` what a run holds, as everybody may, and takes the same. */
async function advisory(hog: Hog): Promise<string[]> {
  const client = await hog.connect();
  const key = createHash('sha256').update('rollcall').digest().readUInt32BE() >>> 1;
  const found = new Map<string, Lock>();
  const add = (lock: Lock) => found.set(JSON.stringify(lock), lock);
  add({ high: 0x726f6c6c, low: key, parts: 2 });
  const running = hog.start();
  while (isRunning(running)) {
    const { rows } = await client.query<Lock>(
      `select distinct classid::int8::float8 as high, objid::int8::float8 as low, objsubid::int as parts from pg_locks
       where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
    );
    rows.forEach(add);
    await sleep(2);
  }
  const end = await running.ended;
  if (end.code !== 0) return [`even without a lock: ${describeEnd(end)}`];
  for (const { high, low, parts } of found.values()) {
    if (parts === 2) await client.query('select pg_advisory_lock($1::int, $2::int)', [high | 0, low | 0]);
    else await client.query('select pg_advisory_lock(($1::bigint << 32) | $2::bigint)', [high, low]);
  }
  return hog.tryAll();
}

/** It may read every table, and locks what that allows. */
async function reader(hog: Hog): Promise<string[]> {
  await administer(hog.database, `grant usage on schema rollcall to ${hog.role}`);
  await administer(hog.database, `grant select on all tables in schema rollcall to ${hog.role}`);
  const tables = (await administer(
    hog.database,
    `select tablename as name from pg_tables where schemaname = 'rollcall' order by 1`,
  )) as { name: string }[];
  const client = await hog.connect();
  await client.query('begin');
  const modes = ['access share', 'row share', 'share', 'access exclusive'];
  const attempts = tables.flatMap(({ name }) => [
    ...modes.map((mode) => `lock table rollcall.${name} in ${mode} mode nowait`),
    ...['key share', 'share', 'update'].map((mode) => `select from rollcall.${name} for ${mode}`),
  ]);
  let held = 0;
  for (const attempt of attempts) {
    await client.query('savepoint attempt');
    await client.query(attempt).then(
      () => (held += 1),
      () => client.query('rollback to attempt'),
    );
  }
  const problems = await hog.tryAll();
  if (held < tables.length) problems.push(`the hog holds only ${held} locks on ${tables.length} tables`);
  return problems;
}

/** The same before the first users are written, which is done in another way. */
async function readerOfNothing(hog: Hog): Promise<string[]> {
  await hog.stand.withStore((store) => put(store, {}));
  return reader(hog);
}

/** The holder stands still in its transaction; whoever comes then is told whom the server sees. */
async function second(hog: Hog): Promise<string[]> {
  await hog.connect();
  const first = hog.start();
  if (!(await writes(hog, first))) return [`the first run was over: ${describeEnd(await first.ended)}`];
  const elsewhere = join(hog.stand.folder, 'elsewhere');
  mkdirSync(elsewhere, { recursive: true });
  const end = await hog.stand.launch('sync now', { env: { TMPDIR: elsewhere } }).ended;
  first.child.kill('SIGCONT');
  const problems: string[] = [];
  const { host, pathname, username } = new URL(hog.database);
  const told = end.stderr.replaceAll(`${host}${pathname}`, '');
  if (end.code !== 75 || end.stdout !== '' || !/^[^\n]+\n$/.test(end.stderr)) problems.push(describeEnd(end));
  else if (!told.includes(username) || !told.includes('127.0.0.1') || told.includes('4711'))
    problems.push(`it does not tell the role and the address: ${end.stderr}`);
  const own = await first.ended;
  if (own.code !== 0) problems.push(`the holder did not commit: ${describeEnd(own)}`);
  return problems;
}

/** Stops a run in its transaction, once it has begun to write; false if it ended before. */
async function writes(hog: Hog, running: Running): Promise<boolean> {
  const client = new pg.Client({ connectionString: hog.database, application_name: 'faults' });
  await client.connect();
  try {
    while (isRunning(running)) {
      const { rows } = await client.query(
        `select from pg_locks join pg_stat_activity using (pid)
         where pid <> pg_backend_pid() and datname = current_database() and application_name like 'rollcall: %'
           and relation = to_regclass('rollcall.users') and mode = 'RowExclusiveLock'`,
      );
      if (rows.length > 0) return running.child.kill('SIGSTOP');
      await sleep(2);
    }
    return false;
  } finally {
    await client.end();
  }
}

const isRunning = ({ child }: Running) => child.exitCode === null && child.signalCode === null;
