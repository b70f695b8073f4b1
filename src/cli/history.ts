import type { Change } from '../core/plan.ts';
import { changeCounts } from '../report/words.ts';
import { safeJson, visible } from '../core/text.ts';
import { Spool } from '../files/spool.ts';
import { jsonHeader, jsonSummary } from '../report/json.ts';
import { findRun, listRuns, readChanges, type RunRecord } from '../sync/history.ts';
import { inDatabase, type CommonOptions } from './context.ts';
import { streamHeader } from './print.ts';
import { Sink } from './terminal.ts';

export interface HistoryOptions extends CommonOptions {
  format: 'text' | 'json';
  limit: number;
}

/** `rollcall history [run]` */
export async function history(run: number | undefined, options: HistoryOptions): Promise<void> {
  const asJson = options.format === 'json';
  const spool = await Spool.create();
  const write = (text: string) => spool.write(Buffer.from(text));
  try {
    if (asJson) await write(jsonHeader(streamHeader('history')));
    await inDatabase(options, 'read', async (db, { terminal }) => {
      const runs = run === undefined ? await listRuns(db, options.limit) : [await findRun(db, run)];
      if (runs.length === 0) terminal.note('no run has been committed yet');
      for (const record of runs) await write(asJson ? json(runOf(record)) : `${summaryLine(record)}\n`);
      for await (const item of run === undefined ? [] : readChanges(db, run)) {
        await write(asJson ? json(item) : changeLines(item));
      }
      if (asJson) await write(jsonSummary({ runs: runs.length }));
    });
    // Printed only now: whoever reads it slowly must not keep the database open.
    const sink = await Sink.open();
    for await (const piece of spool.read()) await sink.write(piece);
  } finally {
    await spool.close();
  }
}

const json = (value: unknown) => `${safeJson(value)}\n`;

function summaryLine({ id, committedAt, actor, counts }: RunRecord): string {
  const changes = changeCounts(counts, true) || 'no changes';
  return `${String(id).padStart(6)}  ${committedAt.toISOString().slice(0, 19)}Z  ${visible(actor)}  ${changes}`;
}

/** A committed run ended well; those that did not are not kept. */
const runOf = ({ id, committedAt, ...record }: RunRecord) => ({
  ...{ type: 'run', run: id, ...record, endedAt: committedAt },
  ...{ outcome: 'done', exitCode: 0, reasons: [] },
});

function changeLines(change: Change): string {
  const lines = [`${change.action} ${visible(change.userName)}`];
  for (const part of ['before', 'after', 'identity', 'archive'] as const) {
    const value = change[part];
    if (value !== null) lines.push(`  ${part.padEnd(9)}${safeJson(value)}`);
  }
  return `${lines.join('\n')}\n`;
}
