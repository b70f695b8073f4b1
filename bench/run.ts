import { today, type Program } from './commands.ts';
import { contendersWith, isRollcall, present, versionAsContender } from './contenders.ts';
import { measureHuge } from './huge.ts';
import { openLaboratory } from './laboratory.ts';
import { measureStart, obstacle } from './logons.ts';
import { measureMail } from './mail.ts';
import {
  before,
  chosenWorks,
  isChosen,
  isFull,
  isHuge,
  isPatient,
  otherNode,
  runs,
  sizes,
} from './options.ts';
import { Races } from './races.ts';
import { report } from './report.ts';
import type { Results } from './results.ts';

const interruption = new AbortController();
const { signal } = interruption;
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => interruption.abort(new Error(`interrupted by ${name}`)));
}
const tell = (message: string) => process.stderr.write(`${message}\n`);

/** Those of that Node that are fast at the smallest size. */
const contendersOf = (program: Program) =>
  contendersWith(program).filter(({ name }) => ['rollcall', 'curl-jq-psql'].includes(name));

const contenders = present(contendersWith(today).filter(isChosen), tell).map((one) =>
  isPatient ? { ...one, patience: Infinity } : one,
);
if (before !== null) contenders.push(versionAsContender(before));
const programs = before === null ? [today] : [today, before];
const starters = otherNode === null ? programs : [...programs, otherNode];
/** Below that it is all start-up; beyond, nobody should use the embedded store. */
const embeddedSize = Math.max(...sizes.filter((size) => size >= 10_000 && size <= 100_000));

const laboratory = await openLaboratory(signal);
const { listings, databases, embedded } = laboratory;
try {
  const races = new Races(runs, signal, tell);
  // What takes a quarter of a second needs more runs than what takes a minute.
  const shortRaces = new Races(3 * runs, signal, tell);
  const results: Results = { lines: [], embedded: [], other: [], starts: [], mail: [] };
  for (const users of sizes) {
    tell(`${users} users: preparing`);
    await listings.write(users);
    for (const program of programs) await databases.prepare(program, users);
    for (const work of chosenWorks)
      results.lines.push(await races.compete(databases, contenders, users, work));

    if (users === sizes[0]) await measureSmall(users);
    if (users === embeddedSize) await measureEmbedded(users);
    if (users === sizes.at(-1)) {
      if (isFull) results.mail.push(await measureMail(laboratory, races, users));
      if (isHuge) results.lines.push(await measureHuge(laboratory, races, users, signal));
    }
    for (const program of programs) await databases.forget(program, users);
    await listings.remove(users);
  }
  process.stdout.write(report(results, contenders, await databases.version()));

  async function measureSmall(users: number): Promise<void> {
    for (const program of starters) {
      const why = isFull ? obstacle(program) : 'only with --full';
      if (why !== null) tell(`SKIPPED: logons through Dovecot: ${why}`);
      tell(`${program.name}, Node ${program.version}: start and logons`);
      results.starts.push(await measureStart(laboratory, program, users, why === null, signal));
    }
    if (otherNode === null) return;
    const others = present(contendersOf(otherNode), tell);
    for (const work of chosenWorks)
      results.other.push(await shortRaces.compete(databases, others, users, work));
  }

  async function measureEmbedded(users: number): Promise<void> {
    for (const program of programs) await embedded.prepare(program, users);
    const versions = contenders.filter(isRollcall);
    for (const work of chosenWorks.filter(({ mode }) => mode === 'now'))
      results.embedded.push(await races.compete(embedded, versions, users, work));
    for (const program of programs) await embedded.forget(program, users);
  }
} catch (error) {
  tell(String(signal.aborted ? signal.reason : error));
  process.exitCode = 1;
} finally {
  await laboratory.close();
}
