import { changeCounts } from '../report/words.ts';
import { RollcallError } from '../core/errors.ts';
import { safeJson, visible } from '../core/text.ts';
import { schemaVersion } from '../report/json.ts';
import { findRun, listRuns, readChanges, type RunRecord } from '../store/history.ts';
import { isMigrated } from '../store/migrate.ts';
import { inTransaction } from '../store/transaction.ts';
import { withStore, type CommonOptions } from './context.ts';
import { Sink } from './terminal.ts';

export interface HistoryOptions extends CommonOptions {
  format: 'text' | 'json';
  limit: number;
}

/** `rollcall history [run]` */
export async function history(run: number | undefined, options: HistoryOptions): Promise<void> {
  const asJson = options.format === 'json';
  await withStore(options, async ({ store, terminal, signal }) => {
    const sink = await Sink.open(undefined);
    if (asJson) await sink.write(json({ type: 'header', tool: 'rollcall', schemaVersion }));
    await inTransaction(store, signal, async (db) => {
      const exists = await isMigrated(db);
      if (run === undefined) {
        const runs = exists ? await listRuns(db, options.limit) : [];
        for (const record of runs)
          await sink.write(asJson ? json({ type: 'run', ...record }) : `${summaryLine(record)}\n`);
        if (runs.length === 0) terminal.tell('no run has been committed yet');
        return { commit: false, value: undefined };
      }
      const record = exists ? await findRun(db, run) : null;
      if (record === null)
        throw new RollcallError('failed', `there is no run ${run}; "rollcall history" lists them`);
      await sink.write(asJson ? json({ type: 'run', ...record }) : `${summaryLine(record)}\n\n`);
      for await (const item of readChanges(db, run)) {
        if (item.type === 'change') await sink.write(asJson ? json(item) : changeLines(item));
      }
      return { commit: false, value: undefined };
    });
    await sink.close();
  });
}

const json = (value: unknown) => `${safeJson(value)}\n`;

function summaryLine({ id, committedAt, actor, counts }: RunRecord): string {
  const changes = changeCounts(counts, true) || 'no changes';
  return `${String(id).padStart(6)}  ${committedAt.toISOString().slice(0, 19)}Z  ${visible(actor)}  ${changes}`;
}

function changeLines(change: {
  action: string;
  userName: string;
  before: object | null;
  after: object | null;
  note: object | null;
}): string {
  const lines = [`${change.action} ${visible(change.userName)}`];
  for (const part of ['before', 'after', 'note'] as const) {
    const value = change[part];
    if (value !== null) lines.push(`  ${part.padEnd(7)}${safeJson(value)}`);
  }
  return `${lines.join('\n')}\n`;
}
