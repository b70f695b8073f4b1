import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { logIn, obstacleToDovecot, startDovecot } from '../test/servers/dovecot.ts';
import { configure, help, login, nothing, root, type Program, type Task } from './commands.ts';
import { person } from './data.ts';
import type { Laboratory } from './laboratory.ts';
import { measure, median } from './measure.ts';
import type { Start } from './results.ts';

const times = 15;
const { userName } = person(0, false);

/** How long the first word takes, in comparison with Node itself, and a logon. */
export async function measureStart(
  { folder, databases }: Laboratory,
  program: Program,
  users: number,
  isWithDovecot: boolean,
  signal: AbortSignal,
): Promise<Start> {
  return databases.lend(program, { state: 'base', day: 'base' }, users, async (task) => {
    const commands = [nothing(program), help(program), login(program, task, userName)];
    const taken = commands.map((command) => ({ command, seconds: [] as number[] }));
    for (let i = 0; i < times; i++)
      for (const { command, seconds } of taken) seconds.push((await measure(command, signal)).seconds);
    const [bare = NaN, ours = NaN, whole = NaN] = taken.map(({ seconds }) => median(seconds));
    const dovecot = isWithDovecot ? await throughDovecot(folder, program, task) : [];
    return { program, nothing: bare, help: ours, login: whole, dovecot };
  });
}

const rollcallOf = ({ node, root }: Program) => ({ node, binary: join(root, 'bin/rollcall.js') });

/** Why there are no logons through Dovecot, or null. */
export const obstacle = (program: Program) => obstacleToDovecot(rollcallOf(program));

async function throughDovecot(folder: string, program: Program, task: Task): Promise<Start['dovecot']> {
  configure(task);
  const page = readFileSync(join(root, 'docs/logging-on.md'), 'utf8');
  const documented = /```dovecot\n([^]*?)```/.exec(page)?.[1] ?? '';
  const dovecot = await startDovecot(folder, documented, rollcallOf(program));
  try {
    // The first one makes the mailbox.
    await logOn(dovecot.port);
    const results: Start['dovecot'] = [];
    for (const clients of [1, 4]) {
      const seconds: number[] = [];
      const start = performance.now();
      const one = async () => {
        for (let i = 0; i < times; i++) seconds.push(await logOn(dovecot.port));
      };
      await Promise.all(Array.from({ length: clients }, one));
      const perSecond = seconds.length / ((performance.now() - start) / 1_000);
      results.push({ clients, perSecond, seconds: median(seconds) });
    }
    return results;
  } finally {
    await dovecot.stop();
  }
}

/** A whole session. */
async function logOn(port: number): Promise<number> {
  const start = performance.now();
  const said = await logIn(port, userName, 'secret');
  if (!/^1 OK /m.test(said)) throw new Error(`Dovecot rejects ${userName}: ${said}`);
  return (performance.now() - start) / 1_000;
}
