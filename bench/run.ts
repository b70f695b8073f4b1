import { parseArgs } from 'node:util';
import { contenders as all, present } from './contenders.ts';
import { Laboratory } from './laboratory.ts';
import { measureMail } from './mail.ts';
import { long, Races, works } from './races.ts';
import { machine, memoryTable, timeTable, type Line } from './table.ts';

const { values: options } = parseArgs({
  options: {
    /** Numbers of users. */
    sizes: { type: 'string', default: '1000,10000,100000' },
    /** With a million. */
    full: { type: 'boolean', default: false },
    runs: { type: 'string', default: '3' },
    /** Some only, such as `--works steady --contenders rollcall,floor`. */
    works: { type: 'string', default: works.map(({ name }) => name).join() },
    contenders: { type: 'string', default: all.map(({ name }) => name).join() },
  },
});
const sizes = (options.full ? '1000,10000,100000,1000000' : options.sizes).split(',').map(Number);
const chosen = works.filter(({ name }) => options.works.split(',').includes(name));
const runs = Number(options.runs);
/** Beyond that, nobody should use the embedded store. */
const mostEmbedded = 100_000;

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => interruption.abort(new Error(`interrupted by ${name}`)));
}
const tell = (message: string) => process.stderr.write(`${message}\n`);

const contenders = present(options.contenders.split(','), tell);
const laboratory = await Laboratory.open(interruption.signal);
try {
  const races = new Races(laboratory, runs, interruption.signal, tell);
  const lines: Line[] = [];
  const embedded: Line[] = [];
  const mail: string[] = [];
  for (const users of sizes) {
    tell(`${users} users: preparing`);
    await laboratory.prepare(users);
    for (const work of chosen) lines.push(await races.compete(contenders, users, work));
    lines.push(await races.test(users));
    mail.push(await measureMail(laboratory, races, users));
    if (users <= mostEmbedded) embedded.push(...(await races.embedded(users)));
    await laboratory.forget(users);
  }
  process.stdout.write(await report(lines, embedded, mail, await races.start()));
} catch (error) {
  tell(String(interruption.signal.aborted ? interruption.signal.reason : error));
  process.exitCode = 1;
} finally {
  await laboratory.close();
}

async function report(lines: Line[], embedded: Line[], mail: string[], start: string): Promise<string> {
  const names = contenders.map(({ name }) => name);
  return `${machine(await laboratory.version())}; fsync off, all else default.
Medians of ${runs}; what takes more than ${long} s is measured once.

Wall time of the whole command; in brackets, how many times that of rollcall:

${timeTable(lines, names)}

The others fill the same tables with the same indexes and end with the same rows (which is checked), but keep no
history, show no plan, follow no renames and guard against nothing. The floor is curl to a file, \`JSON.parse\` of
it, and \`\\copy\` of ready rows with the same merge as "curl-jq-psql", measured one by one and added up.

Peak memory of the processes on this side of the connection:

${memoryTable(lines, names)}

Embedded store, time and memory:

${timeTable(embedded, ['rollcall'])}

${memoryTable(embedded, ['rollcall'])}

Mail on Postgres:

${mail.join('\n')}

${start}
`;
}
