import { isRollcall, type Contender } from './contenders.ts';
import { long } from './races.ts';
import { isPatient, otherNode, runs } from './options.ts';
import type { Results } from './results.ts';
import { machine, ratioTable, startTable, targetTable, timeTable } from './table.ts';
import { judge, targetCount } from './targets.ts';

/** Everything that was measured, as Markdown; the first table is the one of docs/performance.md. */
export function report(results: Results, contenders: Contender[], postgres: string): string {
  const { lines, embedded, other, starts, mail } = results;
  const versions = contenders.filter(isRollcall);
  const few = contenders.filter(({ name }) => other[0]?.results.has(name));
  const judgements = judge(results);
  const parts = [
    `Node ${process.versions.node}, Postgres ${postgres} (fsync off, all else default); ${machine()}.
Medians of ${runs}; what takes more than ${long} s${isPatient ? '' : ', and knex one by one beyond 10,000 users,'} is measured once.`,

    'The time of rollcall, and how many times that the others took; the peak memory of rollcall:',
    // There is nothing to compare a dry run with.
    ratioTable(
      lines.filter(({ work }) => work !== 'dry run'),
      contenders,
    ),
    `The others fill the same tables with the same indexes and end with the same rows (which is checked), but keep no
history, show no plan, follow no renames and guard against nothing. "Floor" is curl to a file, \`JSON.parse\` of
it, and \`\\copy\` of ready rows with the same merge as "curl, jq, psql", measured one by one and added up. For knex, the
names are unique at once instead of at the end of a statement, which \`on conflict\` needs.`,

    ...(other.length === 0
      ? []
      : [`The same with Node ${otherNode?.version ?? ''}, medians of ${3 * runs}:`, ratioTable(other, few)]),
    ...(embedded.length === 0 ? [] : ['Embedded store:', ratioTable(embedded, versions)]),
    'Start and logons, medians of 15:',
    startTable(starts),
    ...mail,
    'All the times, with the memory of all processes on this side of the connection:',
    timeTable(lines, contenders),
    ...(other.length === 0 ? [] : [timeTable(other, few)]),
    ...(embedded.length === 0 ? [] : [timeTable(embedded, versions)]),
    `Targets, ${judgements.length} measured of ${targetCount}:`,
    targetTable(judgements),
  ];
  return `${parts.join('\n\n')}\n`;
}
