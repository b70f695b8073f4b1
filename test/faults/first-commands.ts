import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { administer } from '../servers/administer.ts';
import { describeEnd, type Ended } from '../support/launch.ts';
import type { Context, Fault } from './fault.ts';
import { inLanes } from './lanes.ts';
import { mbox, smallMessages } from './mail.ts';
import { closePlace, openPlace, type MeetingPlace } from './meeting.ts';
import { twoListings } from './people.ts';

const [listing] = twoListings(20);
const mail = 'mail.mbox';

interface Command {
  args: (number: number) => string;
  /** Whether it may find the database in use, as runs do, tests among them; the others wait, or need no lock. */
  mayBeLocked: boolean;
  /** One row with `done`, when it said that it has done it. */
  shows?: (number: number) => string;
}

const commands: Command[] = [
  {
    args: () => 'sync now',
    mayBeLocked: true,
    shows: () => `select count(*) = 20 as done from rollcall.users where user_name ~ '^user'`,
  },
  {
    args: (number) => `users add root${number} --password-stdin`,
    mayBeLocked: true,
    shows: (number) => `select count(*) = 1 as done from rollcall.users where user_name = 'root${number}'`,
  },
  {
    args: () => `archives import ${mail}`,
    mayBeLocked: false,
    shows:
      () => `select count(*) = 30 and (select count(distinct message_id) from rollcall.archive_messages) = 30 as done
                  from rollcall.messages`,
  },
  { args: () => 'sync test', mayBeLocked: true },
  { args: () => 'users list', mayBeLocked: false },
];

/** They meet at their first connection; each is on a machine of its own, so that no lock file keeps them apart. */
export const firstCommands: Fault = {
  promise: 'Never two at once',
  figure:
    'the first 2 to 4 commands on an empty database at once: each does its work or ends 75, and the database is whole',
  run: async (context: Context) => {
    const violations: string[] = [];
    const ends = new Map<string, number>();
    const count = context.times(60);
    await inLanes(
      count,
      () => open(context),
      closePlace,
      async (lane, index) => {
        const crowd = 2 + context.random.below(3);
        const chosen = Array.from({ length: crowd }, () => context.random.pick(commands));
        const problems = await begin(lane, chosen, index % 2 === 0, (code) =>
          ends.set(code, (ends.get(code) ?? 0) + 1),
        );
        const what = `${chosen.map(({ args }) => args(0)).join(' + ')}${index % 2 === 0 ? ' on a schema' : ''}`;
        violations.push(...problems.map((problem) => `${what}: ${problem}`));
      },
    );
    const detail = [...ends].sort().map(([code, times]) => `${code}: ${times}`);
    return { done: count, violations, detail: detail.join('; ') };
  },
};

async function open(context: Context): Promise<MeetingPlace> {
  const place = await openPlace(context);
  const { stand } = place;
  stand.lists(listing);
  writeFileSync(join(stand.folder, mail), mbox(smallMessages(30, 20)));
  return place;
}

async function begin(
  { stand, meeting }: MeetingPlace,
  chosen: readonly Command[],
  withSchema: boolean,
  note: (code: string) => void,
): Promise<string[]> {
  const server = stand.url ?? '';
  await administer(server, 'drop schema if exists rollcall cascade');
  if (withSchema) await administer(server, 'create schema rollcall');
  meeting.expect(chosen.length);
  const ends = await Promise.all(
    chosen.map(({ args }, number) => {
      const tmp = join(stand.folder, `machine${number}`);
      mkdirSync(tmp, { recursive: true });
      const options = { env: { TMPDIR: tmp }, stdin: 'correct horse\n', deadline: 60_000 };
      return stand.launch(args(number), options).ended.finally(() => meeting.leave());
    }),
  );
  const problems: string[] = [];
  for (const [number, command] of chosen.entries()) {
    const end = ends[number];
    if (end === undefined) continue;
    note(`${command.args(0)} ${end.code ?? '?'}`);
    problems.push(...(await judge(server, command, number, end)));
  }
  for (const command of ['sync test', 'sync now', 'sync test']) {
    const end = await stand.launch(command).ended;
    if (end.code !== 0) problems.push(`afterwards ${command}: ${describeEnd(end)}`);
  }
  return problems;
}

async function judge(server: string, command: Command, number: number, end: Ended): Promise<string[]> {
  const name = command.args(number);
  if (end.code === 75 && command.mayBeLocked && /^[^\n]+\n$/.test(end.stderr)) return [];
  if (end.code !== 0) return [`${name}: ${describeEnd(end)}`];
  if (command.shows === undefined) return [];
  const rows = (await administer(server, command.shows(number)).catch(() => [])) as { done: boolean }[];
  return rows[0]?.done ? [] : [`${name} ended 0, but its work is not there`];
}
