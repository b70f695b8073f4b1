import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { administer } from '../servers/administer.ts';
import { describeEnd } from '../support/launch.ts';
import type { Context, Fault } from './fault.ts';
import { inLanes } from './lanes.ts';
import { mbox, shuffled, smallMessages } from './mail.ts';
import { closePlace, openPlace, type MeetingPlace } from './meeting.ts';
import { twoListings } from './people.ts';
import type { Random } from './random.ts';
import { Stand } from './stand.ts';

const users = 20;
const messages = smallMessages(1_200, users);
const files = 4;

/** As on a slow disk: without it, two transactions hardly ever overlap. */
export const slowly = `
  create function public.slowly() returns trigger language plpgsql as
    $$ begin perform pg_sleep(0.001); return new; end $$;
  create trigger slowly before insert on rollcall.messages for each row execute function public.slowly()`;

interface Lane extends MeetingPlace {
  /** What one import in peace leads to. */
  goal: string;
  unclaimed: number;
}

export const importsAtOnce: Fault = {
  promise: 'Imports go on beside each other',
  figure: 'the same mail imported by 2 or 4 processes at once, in different order: each message stored once',
  run: async (context: Context) => {
    const violations: string[] = [];
    const count = context.times(20);
    let clean = 0;
    await inLanes(
      count,
      () => open(context),
      closePlace,
      async (lane, index) => {
        const problems = await importAtOnce(lane, index % 2 === 0 ? 2 : 4, context.random);
        if (problems.length === 0) clean += 1;
        violations.push(...problems.map((problem) => `round ${index}: ${problem}`));
      },
    );
    return { done: count, violations, detail: `${clean} rounds without a violation` };
  },
};

async function open(context: Context): Promise<Lane> {
  const place = await openPlace(context);
  const { stand } = place;
  stand.lists(twoListings(users)[0]);
  const sync = await stand.launch('sync now').ended;
  if (sync.code !== 0) throw new Error(`a run in peace failed: ${describeEnd(sync)}`);
  await stand.withStore((store) => store.knex.raw(slowly));
  const [paths] = write(stand, 'peace', [messages]);
  const end = await stand.launch(`archives import --format json ${paths ?? ''}`).ended;
  if (end.code !== 0) throw new Error(`an import in peace failed: ${describeEnd(end)}`);
  return {
    ...place,
    goal: (await stand.snapshot()).digest,
    unclaimed: countsOf(end.stdout).unclaimed,
  };
}

async function importAtOnce({ stand, meeting, goal, unclaimed }: Lane, crowd: number, random: Random) {
  const server = stand.url ?? '';
  await administer(server, 'truncate rollcall.archive_messages, rollcall.messages');
  await administer(server, 'delete from rollcall.archives where owner_id is null');
  const orders = Array.from({ length: crowd }, (_, i) =>
    i === 1 ? messages.toReversed() : shuffled(messages, random),
  );
  meeting.expect(crowd);
  const ends = await Promise.all(
    write(stand, 'crowd', orders).map((paths) =>
      stand
        .launch(`archives import --format json ${paths}`, { deadline: 60_000 })
        .ended.finally(() => meeting.leave()),
    ),
  );
  const problems = ends
    .filter(({ code, stderr }) => code !== 0 || stderr !== '')
    .map((end) => `of ${crowd}: ${describeEnd(end)}`);
  if ((await stand.snapshot()).digest !== goal)
    problems.push(`of ${crowd}: other mail than after one import`);
  if (problems.length > 0) return problems;
  const counts = ends.map(({ stdout }) => countsOf(stdout));
  const imported = counts.reduce((sum, { imported }) => sum + imported, 0);
  const strays = counts.reduce((sum, { unclaimed }) => sum + unclaimed, 0);
  if (imported !== messages.length || strays !== unclaimed)
    problems.push(`of ${crowd}: they count ${imported} imported, ${strays} unclaimed`);
  return problems;
}

/** Several files for each process; their paths below the folder of the stand, as arguments. */
function write(stand: Stand, name: string, orders: readonly (readonly string[])[]): string[] {
  return orders.map((order, process) => {
    const folder = join(name, String(process));
    mkdirSync(join(stand.folder, folder), { recursive: true });
    return Array.from({ length: files }, (_, i) => {
      const path = join(folder, `${i}.mbox`);
      const size = Math.ceil(order.length / files);
      writeFileSync(join(stand.folder, path), mbox(order.slice(i * size, (i + 1) * size)));
      return path;
    }).join(' ');
  });
}

interface Counts {
  type: string;
  imported: number;
  unclaimed: number;
}

export function countsOf(stdout: string): Counts {
  const items = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Counts);
  const counts = items.find(({ type }) => type === 'import');
  if (counts === undefined) throw new Error(`no counts: ${stdout}`);
  return counts;
}
