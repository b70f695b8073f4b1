import { createHash } from 'node:crypto';
import type { DoubtsOfRun, FinishedRun } from '../after/finished-run.ts';
import { messageOf } from '../core/errors.ts';
import type { Doubt, PlanItem } from '../core/plan.ts';
import { visible } from '../core/printable.ts';
import { openStore } from '../database/open-store.ts';
import { readTold, recordTold, type RunRow } from '../sync/told.ts';
import type { Context } from './context.ts';

/** How many doubts a webhook gets in full. */
const mostDoubts = 20;

/** The doubts of a plan, for a webhook. */
export async function doubtsOf(items: AsyncIterable<PlanItem>): Promise<DoubtsOfRun> {
  const examples: Doubt[] = [];
  const digest = createHash('sha256');
  let any = false;
  for await (const item of items) {
    if (item.type !== 'doubt') continue;
    any = true;
    digest.update(`${JSON.stringify(item.userName)}\n`);
    if (examples.length < mostDoubts) examples.push(item);
  }
  return { examples, digest: any ? digest.digest('hex').slice(0, 16) : null };
}

/**
 * Prepares what the configuration wants to follow a run. Nothing of it changes how the command ends: what fails is a warning,
 * and stands with the run in the history.
 *
 * @param row the run in the history; null if it is not there
 * @returns does it, once the store is closed: nobody waits for the store while a webhook does not answer
 */
export async function prepareAfter(
  { config, store, terminal, signal }: Context,
  run: FinishedRun,
  row: RunRow | null,
): Promise<() => Promise<void>> {
  const { metrics, webhook, ping } = config.after;
  if ((metrics ?? webhook ?? ping) === null || signal.aborted) return () => Promise.resolve();
  const told = webhook === null ? [] : await readTold(store, signal);
  return async () => {
    const { follow } = await import('../after/follow.ts');
    const { untold, told: known } = await follow(config.after, run, told);
    for (const { what, message } of untold) terminal.warn(`after.${what}: ${message}`);
    if (untold.length === 0 && known.join() === told.join()) return;
    const reopened = await openStore(config.database, store.actor, () => undefined);
    try {
      await recordTold(reopened, known, untold, row, new AbortController().signal);
    } catch (error) {
      terminal.tell(`this is not in the history: ${visible(messageOf(error))}`);
    } finally {
      await reopened.close();
    }
  };
}
