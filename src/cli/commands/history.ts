import type { Knex } from 'knex';
import type { Attempt } from '../../core/attempted-run.ts';
import { RollcallError } from '../../core/errors.ts';
import type { RunRecord } from '../../core/plan.ts';
import { safeJson } from '../../core/printable.ts';
import { Spool } from '../../files/spool.ts';
import { printItems, type Header } from '../../report/format.ts';
import type { FormatName } from '../../report/formats.ts';
import { attemptLine, runLine } from '../../report/history-lines.ts';
import { jsonAttempt, jsonHeader, jsonRun, jsonSummary } from '../../report/json.ts';
import { listAttempts } from '../../sync/attempts.ts';
import { findRun, listRuns, readChanges } from '../../sync/run-history.ts';
import { version } from '../../files/assets.ts';
import { inDatabase, type Context } from '../context.ts';
import type { Group, OptionsOf } from '../globals.ts';
import { addHistoryPrune } from './history-prune.ts';
import { addHistoryUser } from './history-user.ts';
import { planFormat, positive } from '../option-values.ts';
import { elapsed, endOf, streamHeader } from '../output.ts';
import { openFormat } from '../plan-format.ts';
import { Sink } from '../sink.ts';

const define = (history: Group) =>
  history
    .argument('[run]', 'the number of a run', positive)
    .addOption(planFormat())
    .option('--limit <n>', 'how many runs to list (default: 20)', positive)
    .addHelpText('after', '\nExample:\n  rollcall history 12 --format json');

type Options = OptionsOf<typeof define>;

export function addHistory(command: Group): void {
  addHistoryUser(command);
  addHistoryPrune(command);
  command.hook('preSubcommand', (history, sub) => expectMeant(history.opts(), sub.name()));
  define(command).action((run, _, command) => history(run, command.optsWithGlobals()));
}

/** Commander reads the options of `history` also after the name of a subcommand. */
function expectMeant({ format, limit }: { format?: FormatName; limit?: number }, name: string): void {
  if (limit !== undefined) throw new RollcallError('usage', `history ${name} has no --limit; see --help`);
  if (format !== 'text' && format !== 'json')
    throw new RollcallError('usage', `history ${name} has only --format text and --format json`);
}

async function history(run: number | undefined, options: Options): Promise<void> {
  const { format, limit = 20 } = options;
  if (run === undefined && format !== 'text' && format !== 'json') {
    throw new RollcallError(
      'usage',
      `--format ${format} needs the number of a run; "rollcall history" lists them`,
    );
  }
  const spool = await Spool.create();
  try {
    await inDatabase(options, 'read', async (db, context) => {
      const pieces =
        format === 'json'
          ? asJson(db, run, limit)
          : run === undefined
            ? list(db, limit, context)
            : asPlan(db, run, format, context);
      for await (const piece of pieces) await spool.write(Buffer.from(piece));
    });
    // Printed only now: a slow reader must not keep the transaction open.
    const sink = await Sink.open();
    for await (const piece of spool.read()) await sink.write(piece);
  } finally {
    await spool.close();
  }
}

async function* list(db: Knex.Transaction, limit: number, { terminal }: Context): AsyncGenerator<string> {
  const listed = await listAll(db, limit);
  if (listed.length === 0) terminal.note('no run has been committed yet');
  for (const one of listed) yield `${isRun(one) ? runLine(one) : attemptLine(one)}\n`;
}

async function* asJson(db: Knex.Transaction, run: number | undefined, limit: number): AsyncGenerator<string> {
  yield jsonHeader(streamHeader('history'));
  const listed = run === undefined ? await listAll(db, limit) : [await findRun(db, run)];
  for (const one of listed) yield isRun(one) ? jsonRun(one) : jsonAttempt(one);
  if (run !== undefined) for await (const change of readChanges(db, run)) yield `${safeJson(change)}\n`;
  const runs = listed.filter(isRun).length;
  yield jsonSummary({ runs, attempts: listed.length - runs }, endOf('done'), elapsed());
}

/** The committed runs and those that failed or were blocked, latest first. */
async function listAll(db: Knex.Transaction, limit: number): Promise<(RunRecord | Attempt)[]> {
  const all = [...(await listRuns(db, limit)), ...(await listAttempts(db, limit))];
  return all.sort((a, b) => endOfOne(b).getTime() - endOfOne(a).getTime()).slice(0, limit);
}

const isRun = (one: RunRecord | Attempt): one is RunRecord => 'counts' in one;
const endOfOne = (one: RunRecord | Attempt) => (isRun(one) ? one.committedAt : one.endedAt);

/** The plan of the run as it was shown when it was committed. */
async function* asPlan(
  db: Knex.Transaction,
  run: number,
  name: FormatName,
  { store, terminal }: Context,
): AsyncGenerator<string> {
  const format = await openFormat(name, false, terminal);
  const record = await findRun(db, run);
  const { counts, directory } = record;
  const header: Header = {
    command: 'history',
    mode: 'history',
    version,
    startedAt: record.startedAt,
    directory,
    database: store.name,
    plan: record.plan,
    undoes: record.undoes,
    record,
  };
  yield format.header(header);
  yield* printItems(format, readChanges(db, run), counts, null);
  const durationMs = record.committedAt.getTime() - record.startedAt.getTime();
  const end = { ...endOf('done'), committed: true, run, blocks: [], durationMs, next: null };
  yield format.summary({ ...header, counts, ...end });
}
