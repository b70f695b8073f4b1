import type { Knex } from 'knex';
import type { AttemptReason, Untold } from '../core/attempted-run.ts';
import type { Outcome } from '../core/errors.ts';
import type { Health, OpenProblem } from '../core/health.ts';
import { read, readAnyVersion } from '../database/access.ts';
import { one } from '../database/query.ts';
import type { Store } from '../database/store.ts';

/** A row of the view `health`. */
interface Row {
  lastRunAt: Date | null;
  lastRunOutcome: Outcome | null;
  lastSuccess: number | null;
  lastSuccessAt: Date | null;
  ageSeconds: number | null;
  failures: number;
  failingSince: Date | null;
  failingOutcome: Outcome | null;
  failingReasons: AttemptReason[] | null;
  gone: number;
  goneSince: Date | null;
  doubts: number;
  skipped: number;
  held: number;
  certificateExpiresAt: Date | null;
  untold: Untold[] | null;
  open: OpenProblem[];
}

/**
 * Reads whether synchronizations are in order. The directory is not asked.
 *
 * @throws RollcallError when the database cannot be read
 */
export async function readHealth(store: Store, signal: AbortSignal): Promise<Health> {
  const schema = await readAnyVersion(store, signal, null, async (db) => {
    const { name } = await one<{ name: string | null }>(db, 'select max(name) as name from migrations');
    return name;
  });
  return { ...toHealth(await read(store, signal, readRow)), schema };
}

const readRow = (db: Knex.Transaction) =>
  one<Row>(
    db,
    `select last_run_at as "lastRunAt", last_run_outcome as "lastRunOutcome",
       last_success::float8 as "lastSuccess", last_success_at as "lastSuccessAt", age_seconds::float8 as "ageSeconds",
       failures, failing_since as "failingSince", failing_outcome as "failingOutcome", failing_reasons as "failingReasons",
       gone, gone_since as "goneSince", doubts, skipped, held, certificate_expires_at as "certificateExpiresAt", untold, open
     from health`,
  );

function toHealth(row: Row): Omit<Health, 'schema'> {
  const { lastRunAt, lastRunOutcome, lastSuccess, lastSuccessAt } = row;
  return {
    lastRun:
      lastRunAt === null || lastRunOutcome === null ? null : { at: lastRunAt, outcome: lastRunOutcome },
    lastSuccess:
      lastSuccess === null || lastSuccessAt === null ? null : { run: lastSuccess, at: lastSuccessAt },
    ageSeconds: row.ageSeconds,
    failures: {
      count: row.failures,
      since: row.failingSince,
      outcome: row.failingOutcome,
      reasons: row.failingReasons ?? [],
    },
    gone: { users: row.gone, since: row.goneSince },
    ...{ doubts: row.doubts, skipped: row.skipped, held: row.held },
    certificateExpiresAt: row.certificateExpiresAt,
    untold: row.untold,
    open: row.open,
  };
}
