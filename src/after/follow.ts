import { setTimeout as sleep } from 'node:timers/promises';
import type { Untold } from '../core/attempted-run.ts';
import { writeReasonOf } from '../core/errors.ts';
import { visible } from '../core/printable.ts';
import { deliver } from './deliver.ts';
import type { FinishedRun } from './finished-run.ts';
import { writeMetrics } from './metrics-file.ts';
import type { AfterSettings } from './after-settings.ts';
import { newsOf } from './news.ts';
import { webhookBody } from './webhook.ts';

/** How long writing the metrics may take, in milliseconds. */
const metricsTimeout = 5_000;

/**
 * Does what follows a finished run, all at the same time. It never throws, and takes no longer than the longest timeout.
 *
 * @param told the state that the webhook was told last
 * @returns what failed, and the state that the webhook knows now
 */
export async function follow(
  { metrics, webhook, ping, connection }: AfterSettings,
  run: FinishedRun,
  told: readonly string[],
): Promise<{ untold: Untold[]; told: readonly string[] }> {
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
        const { events, state } = newsOf(run, told, webhook.on);
        if (events.length > 0) {
          const headers = { 'Content-Type': 'application/json', ...webhook.headers };
          const body = webhookBody(run, events);
          await deliver({ method: 'post', url: webhook.url, headers, body }, connection, webhook.timeout);
        }
        known = state;
      }),
    ping &&
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
