import { setTimeout as sleep } from 'node:timers/promises';
import type { Untold } from '../core/attempted-run.ts';
import { writeReasonOf } from '../core/errors.ts';
import { visible } from '../core/printable.ts';
import { deliver } from './deliver.ts';
import type { FinishedRun } from './finished-run.ts';
import { writeMetrics } from './metrics-file.ts';
import { metricsTimeout, type AfterSettings } from './after-settings.ts';
import { newsOf } from './news.ts';
import { webhookBody } from './webhook.ts';

/** What came of it. */
export interface Followed {
  /** What failed. */
  untold: Untold[];
  /** The state that the webhook knows now. */
  told: readonly string[];
}

/**
 * Does what follows a finished run, all at the same time. It never throws.
 *
 * @param told the state that the webhook was told last
 */
export async function follow(
  { metrics, webhook, ping, connection }: AfterSettings,
  run: FinishedRun,
  told: readonly string[],
): Promise<Followed> {
  const untold: Untold[] = [];
  let known = told;
  const attempt = async (what: Untold['what'], work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      untold.push({ what, message: visible(writeReasonOf(error)) });
    }
  };
  await Promise.all([
    metrics && attempt('metrics', () => withTimeout(writeMetrics(metrics.file, run), metricsTimeout)),
    webhook &&
      attempt('webhook', async () => {
        const news = newsOf(run, told, webhook.on);
        if (news.events.length > 0) {
          const headers = { 'Content-Type': 'application/json', ...webhook.headers };
          const body = webhookBody(run, news);
          await deliver({ method: 'post', url: webhook.url, headers, body }, connection, webhook.timeout);
        }
        known = news.state;
      }),
    ping &&
      // A plan that was saved before says nothing of the directory.
      run.command === 'sync now' &&
      attempt('ping', async () => {
        const url = run.result === null || run.result.blocks.length > 0 ? ping.failure : ping.success;
        if (url !== null) await deliver({ method: 'get', url, headers: {} }, connection, ping.timeout);
      }),
  ]);
  return { untold, told: known };
}

/** A disk that does not answer must not keep the run. */
async function withTimeout(work: Promise<void>, ms: number): Promise<void> {
  const timer = new AbortController();
  try {
    const late = sleep(ms, undefined, { signal: timer.signal }).then(() => {
      throw new Error(`the file was not written within ${ms / 1_000} s`);
    });
    await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}
