import { changesOf } from '../core/plan.ts';
import type { FinishedRun } from './finished-run.ts';
import type { Event } from './after-settings.ts';

/**
 * What is wrong after a run: `failed`, `blocked:deletions,overlap`, `held`, `doubt:DIGEST`. Empty when all is well. Other
 * limits and other entries in doubt are another state.
 */
export function stateOf({ result, doubts }: FinishedRun): string[] {
  if (result === null) return ['failed'];
  if (result.blocks.length > 0) {
    return [
      `blocked:${result.blocks
        .map(({ limit }) => limit)
        .sort()
        .join()}`,
    ];
  }
  return [
    ...(result.held === null ? [] : ['held']),
    ...(doubts.digest === null ? [] : [`doubt:${doubts.digest}`]),
  ];
}

/**
 * What has happened that was not told before.
 *
 * @param told the state that was told last
 * @param on what the webhook wants to hear
 * @returns the events to send, and the state that is told once they are sent
 */
export function newsOf(
  run: FinishedRun,
  told: readonly string[],
  on: readonly Event[],
): { events: Event[]; state: string[] } {
  const state = stateOf(run).filter((part) => told.includes(part) || on.includes(eventOf(part)));
  const events = new Set(state.filter((part) => !told.includes(part)).map(eventOf));
  if (told.length > 0 && stateOf(run).length === 0) events.add('recovered');
  if (run.result !== null && run.result.run !== null) {
    events.add('success');
    if (changesOf(run.result.counts) > 0) events.add('changed');
  }
  return { events: [...events].filter((event) => on.includes(event)), state };
}

const eventOf = (part: string) => part.split(':', 1)[0] as Event;
