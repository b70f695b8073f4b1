import { changesOf } from '../core/plan.ts';
import type { FinishedRun } from './finished-run.ts';
import type { Event } from './after-settings.ts';

/**
 * What a run tells that the webhook does not know yet.
 *
 * A state is a list of what is wrong: `failed sync now`, `blocked deletions,overlap`, `held`, and `doubt NAME` for each entry
 * in doubt, where NAME is a digest. The first word of each is its event.
 */
export interface News {
  events: Event[];
  /** What was wrong and is over. */
  over: Event[];
  /** The state that is told once the events are sent. */
  state: string[];
}

/**
 * @param told the state that was told last
 * @param on what the webhook wants to hear
 */
export function newsOf(run: FinishedRun, told: readonly string[], on: readonly Event[]): News {
  const now = stateAfter(run, told);
  const state = now.filter((part) => told.includes(part) || on.includes(eventOf(part)));
  const events = new Set(state.filter((part) => !told.includes(part)).map(eventOf));
  const wrong = new Set(state.map(eventOf));
  const over = [...new Set(told.map(eventOf))].filter((event) => !wrong.has(event));
  if (over.length > 0) events.add('recovered');
  if (run.result !== null && run.result.run !== null) {
    events.add('success');
    if (changesOf(run.result.counts) > 0) events.add('changed');
  }
  return { events: [...events].filter((event) => on.includes(event)), over, state };
}

/** Whatever a run did not look at is as it was. */
function stateAfter({ command, result, doubts }: FinishedRun, told: readonly string[]): string[] {
  const still = (...events: Event[]) => told.filter((part) => events.includes(eventOf(part)));
  const failed = `failed ${command}`;
  if (result === null) return [...new Set([...told, failed])];
  // A plan that was saved before says nothing of the directory.
  const others = command === 'sync now' ? [] : told.filter((part) => part === 'failed sync now');
  const inDoubt = doubts.digests.map((digest) => `doubt ${digest}`);
  if (result.blocks.length === 0) return [...others, ...(result.held === null ? [] : ['held']), ...inDoubt];
  const limits = result.blocks.map(({ limit }) => limit).sort();
  return [...others, `blocked ${limits.join()}`, ...still('held'), ...inDoubt];
}

const eventOf = (part: string) => part.split(' ', 1)[0] as Event;
