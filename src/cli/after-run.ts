import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { DoubtsOfRun, FinishedRun } from '../after/finished-run.ts';
import type { Followed } from '../after/follow.ts';
import { metricsTimeout, type AfterSettings } from '../after/after-settings.ts';
import { messageOf } from '../core/errors.ts';
import type { Doubt, PlanItem } from '../core/plan.ts';
import { visible } from '../core/printable.ts';
import { openStore } from '../database/open-store.ts';
import { followScript } from '../files/assets.ts';
import { readTold, recordTold, type RunRow } from '../sync/told.ts';
import type { Context } from './context.ts';

/** How many doubts a webhook gets in full, and how many are told apart. */
const most = { examples: 20, digests: 500 };

/** The doubts of a plan, for a webhook. */
export async function doubtsOf(items: AsyncIterable<PlanItem>): Promise<DoubtsOfRun> {
  const examples: Doubt[] = [];
  const digests: string[] = [];
  const ofAll = createHash('sha256');
  for await (const item of items) {
    if (item.type !== 'doubt') continue;
    const digest = createHash('sha256').update(item.userName).digest('hex').slice(0, 16);
    ofAll.update(digest);
    if (digests.length <= most.digests) digests.push(digest);
    if (examples.length < most.examples) examples.push(item);
  }
  return { examples, digests: digests.length > most.digests ? [ofAll.digest('hex')] : digests };
}

/**
 * Prepares what the configuration wants to follow a run. Nothing of it changes how the command ends: what fails is a message
 * on standard error, and stands with the run in the history.
 *
 * @param row the run in the history; null if it is not there
 * @param isAway whether the database cannot be asked
 * @returns does it, once the store is closed: nobody waits for the store while a webhook does not answer
 */
export async function prepareAfter(
  { config, store, terminal, signal }: Context,
  run: FinishedRun,
  row: RunRow | null,
  isAway: boolean,
): Promise<() => Promise<void>> {
  const { metrics, webhook, ping } = config.after;
  if ((metrics ?? webhook ?? ping) === null || signal.aborted) return () => Promise.resolve();
  // Set by systemd; else the memory of this machine lasts until it starts again.
  const folder = process.env['STATE_DIRECTORY']?.split(':')[0];
  const told = webhook === null ? [] : await readTold(store, isAway, folder, signal);
  return async () => {
    try {
      const { untold, told: known } = await followApart(config.after, run, told);
      // Also with --quiet: an alarm that does not work must not be found out during a fire.
      for (const { what, message } of untold) terminal.fail(`after.${what} failed: ${message}`);
      if (untold.length === 0 && known.join() === told.join()) return;
      const reopened = await openStore(config.database, store.actor, () => undefined);
      try {
        await recordTold(reopened, { state: known, untold, row }, isAway, folder);
      } finally {
        await reopened.close();
      }
    } catch (error) {
      // Whatever it is, the run has ended as it has.
      terminal.fail(`after: ${visible(messageOf(error))}`);
    }
  };
}

/** What starting another process may take on a busy machine, in milliseconds. */
const grace = 5_000;

/**
 * Does it in a process of its own, which can be killed: a disk or a name server that does not answer would keep this one from
 * ending.
 */
function followApart(settings: AfterSettings, run: FinishedRun, told: readonly string[]): Promise<Followed> {
  const { metrics, webhook, ping } = settings;
  const longest = Math.max(metricsTimeout, webhook?.timeout ?? 0, ping?.timeout ?? 0) + grace;
  return new Promise((resolve) => {
    const child = fork(followScript, { serialization: 'advanced', stdio: 'ignore', execArgv: [] });
    const end = (followed: Followed) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      child.unref();
      child.channel?.unref();
      resolve(followed);
    };
    const giveUp = (message: string) => {
      const wanted = { metrics, webhook, ping };
      const missing = (['metrics', 'webhook', 'ping'] as const).filter((what) => wanted[what] !== null);
      end({ untold: missing.map((what) => ({ what, message })), told });
    };
    const timer = setTimeout(() => giveUp(`it did not end within ${longest / 1_000} s`), longest);
    child.once('message', (followed) => end(followed as Followed));
    child.once('error', (error) => giveUp(visible(messageOf(error))));
    child.once('exit', () => giveUp('its process was ended'));
    child.send([settings, run, told], () => undefined);
  });
}
