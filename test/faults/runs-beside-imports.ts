import { createHash } from 'node:crypto';
import { administer } from '../servers/administer.ts';
import { describeEnd, type Ended } from '../support/launch.ts';
import { address, listing, play, steady, type Round } from './beside.ts';
import type { Context, Fault } from './fault.ts';
import { countsOf, slowly } from './imports-at-once.ts';
import { inLanes } from './lanes.ts';
import { Stand } from './stand.ts';

/** A run comes upon an import that stores messages, or one that already puts them into archives. */
const slowlyLinked = `
  create trigger slowly before insert on rollcall.archive_messages for each row execute function public.slowly()`;

export const runsBesideImports: Fault = {
  promise: 'Mail is never lost beside a run',
  figure:
    'rounds of imports in a loop beside 4 runs that create, rename and delete the users, and the archives that are still empty: each message is stored once, in an archive',
  run: async (context: Context) => {
    const violations: string[] = [];
    const seen = { messages: 0, imports: 0, runs: 0, again: 0, deadlocks: 0 };
    const count = context.times(30);
    await inLanes(
      count,
      () => open(context),
      async (stand) => {
        seen.deadlocks += await deadlocksIn(stand);
        await stand.close();
      },
      async (stand, index) => {
        await begin(stand, index);
        const round = await play(stand, String(index), context.random);
        violations.push(...(await judge(stand, round)).map((problem) => `round ${index}: ${problem}`));
        seen.messages += round.messages.length;
        seen.imports += round.imports.length;
        seen.runs += round.runs.length;
        seen.again += await storedAgain(stand);
        if ((index + 1) % 5 === 0) context.tell(`${index + 1} of ${count}, ${violations.length} violations`);
      },
    );
    const detail = `${seen.messages} messages by ${seen.imports} imports beside ${seen.runs} runs; ${seen.again} were stored again, because an archive was gone, and ${seen.deadlocks} deadlocks were resolved`;
    return { done: count, violations, detail };
  },
};

async function open({ postgres, random }: Context): Promise<Stand> {
  const stand = await Stand.open('postgres', postgres.url);
  stand.lists(listing('', 0, random));
  const end = await stand.launch('sync now').ended;
  if (end.code !== 0) throw new Error(`a run in peace failed: ${describeEnd(end)}`);
  await administer(stand.url ?? '', slowly);
  await administer(stand.url ?? '', slowlyLinked);
  return stand;
}

/** Without mail, and without the archives that only mail has kept. */
async function begin(stand: Stand, index: number): Promise<void> {
  stand.configure({ options: { deleteUsers: true, takeOver: index % 4 < 2 ? 'always' : 'agreed' } });
  const server = stand.url ?? '';
  await administer(server, 'truncate rollcall.archive_messages, rollcall.messages restart identity');
  await administer(server, 'delete from rollcall.archives where owner_id is null');
}

async function judge(stand: Stand, { messages, imports, runs }: Round): Promise<string[]> {
  const problems = [
    ...imports.filter(({ code }) => code !== 0),
    // Another run on this machine, or one that still holds the database.
    ...runs.filter(({ code }) => code !== 0 && code !== 75),
    ...[...imports, ...runs].filter(({ stdout, stderr }) => /23503|deadlock/i.test(stdout + stderr)),
  ].map(describeEnd);
  const imported = imports.filter(({ code }) => code === 0).reduce((sum, end) => sum + importedBy(end), 0);
  if (imported !== messages.length) problems.push(`${imported} of ${messages.length} messages were imported`);
  const places = await placesOf(stand);
  if (places.size !== messages.length) problems.push(`${places.size} of ${messages.length} are stored`);
  const lost = messages.filter((message) => !isPlaced(message, places));
  if (lost.length > 0) problems.push(`${lost.length} are not in their archives, such as ${lost[0] ?? ''}`);
  return problems;
}

const importedBy = ({ stdout }: Ended) => countsOf(stdout).imported;

/** By the digest of each message, the archives that it is in. */
async function placesOf(stand: Stand): Promise<Map<string, string[]>> {
  const rows = (await administer(
    stand.url ?? '',
    `select encode(digest, 'hex') as digest, array_remove(array_agg(archives.name), null) as archives
     from rollcall.messages
     left join rollcall.archive_messages on message_id = messages.id
     left join rollcall.archives on archives.id = archive_id
     group by messages.id`,
  )) as { digest: string; archives: string[] }[];
  return new Map(rows.map(({ digest, archives }) => [digest, archives]));
}

/** It is somewhere, and with each of its users who were always there. */
function isPlaced(message: string, places: Map<string, string[]>): boolean {
  const archives = places.get(createHash('sha256').update(message).digest('hex')) ?? [];
  const owners = Array.from({ length: steady }, (_, i) => `user${i}`).filter((name) =>
    message.includes(address(name)),
  );
  return archives.length > 0 && owners.every((name) => archives.includes(name));
}

/** Numbers that no message has: a transaction drew them, and was then repeated. */
async function storedAgain(stand: Stand): Promise<number> {
  const [row] = (await administer(
    stand.url ?? '',
    `select (pg_sequence_last_value(pg_get_serial_sequence('rollcall.messages', 'id')::regclass)
             - (select count(*) from rollcall.messages))::int as again`,
  )) as { again: number }[];
  return row?.again ?? 0;
}

async function deadlocksIn(stand: Stand): Promise<number> {
  const [row] = (await administer(
    stand.url ?? '',
    'select deadlocks::int from pg_stat_database where datname = current_database()',
  )) as { deadlocks: number }[];
  return row?.deadlocks ?? 0;
}
