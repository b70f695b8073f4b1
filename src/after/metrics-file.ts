import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { sizesOf } from '../core/plan.ts';
import type { FinishedRun } from './finished-run.ts';

/**
 * Replaces a Prometheus text file, for the node exporter. Others may read it: it names nobody.
 *
 * @throws Error of the file system
 */
export async function writeMetrics(file: string, run: FinishedRun): Promise<void> {
  const earlier = await lastSuccessIn(file);
  const isCommitted = typeof run.result?.run === 'number';
  const lastSuccess = isCommitted ? Math.max(unixTime(run.listedAt), earlier ?? 0) : earlier;
  // The node exporter reads *.prom only, so it never sees a draft.
  const draft = join(dirname(file), `.${basename(file)}.${randomUUID()}.tmp`);
  try {
    const handle = await open(draft, 'wx', 0o644);
    try {
      await handle.writeFile(metricsText(run, lastSuccess));
      // Whatever the umask of cron is.
      await handle.chmod(0o644);
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

const unixTime = (date: Date) => date.getTime() / 1_000;

const successMetric = 'rollcall_last_success_timestamp_seconds';
const longestFile = 100_000;

/** A run that failed knows nothing of the last success, but the file that it replaces does. */
async function lastSuccessIn(file: string): Promise<number | null> {
  try {
    // Whatever somebody else may have put there, it does not keep the run.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (!stats.isFile() || stats.size > longestFile) return null;
      const line = new RegExp(`^${successMetric} (\\d+(?:\\.\\d+)?)$`, 'm').exec(
        await handle.readFile('utf8'),
      );
      return line === null ? null : Number(line[1]);
    } finally {
      await handle.close();
    }
  } catch {
    return null;
  }
}

/** The metrics of a run in the text format of Prometheus, each with its samples: labels and a value. */
export function metricsText(run: FinishedRun, lastSuccess: number | null): string {
  const { startedAt, endedAt, exitCode, result, certificateExpiresAt } = run;
  const { counts } = result ?? {};
  const text = (name: string, help: string, samples: Record<string, string | number>) =>
    Object.keys(samples).length === 0
      ? ''
      : `# HELP ${name} ${help}\n# TYPE ${name} gauge\n` +
        Object.entries(samples)
          .map(([labels, value]) => `${name}${labels} ${value}\n`)
          .join('');
  const only = (value: string | number | null) => (value === null ? {} : { '': value });
  return [
    text('rollcall_last_run_timestamp_seconds', 'When the last run ended.', only(unixTime(endedAt))),
    text(
      'rollcall_last_run_duration_seconds',
      'How long the last run took.',
      only((endedAt.getTime() - startedAt.getTime()) / 1_000),
    ),
    text('rollcall_last_run_exit_code', 'The exit code of the last run.', only(exitCode)),
    text(
      successMetric,
      'When the directory was asked for the last run that was committed.',
      only(lastSuccess),
    ),
    text(
      'rollcall_directory_entries',
      'Entries in the listing of the last run.',
      only(counts?.directory ?? null),
    ),
    text(
      'rollcall_directory_users',
      'Stored directory users before the last run, and those of them whom it found again.',
      counts === undefined ? {} : { '{state="stored"}': counts.stored, '{state="found"}': counts.found },
    ),
    text(
      'rollcall_last_run_items',
      'The plan of the last run: changes, notices, doubts and skipped entries.',
      counts === undefined
        ? {}
        : Object.fromEntries(Object.entries(sizesOf(counts)).map(([kind, n]) => [`{kind="${kind}"}`, n])),
    ),
    text(
      'rollcall_directory_certificate_expiry_timestamp_seconds',
      'When the certificate of the directory expires.',
      only(certificateExpiresAt && unixTime(certificateExpiresAt)),
    ),
  ].join('');
}
