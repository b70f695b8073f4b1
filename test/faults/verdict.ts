import { describeEnd, type Ended } from '../support/launch.ts';
import type { Snapshot } from './snapshot.ts';

/** What a disturbed run has come to: the state before it, or the one after it, or something that must not be. */
export type Verdict = 'before' | 'after' | { violation: string };

/** All or nothing. */
export function judge(before: Snapshot, now: Snapshot, after: string): Verdict {
  const seen = `${before.runs} then ${now.runs} runs, digest ${before.digest} then ${now.digest}, after would be ${after}`;
  if (!now.sound) return { violation: `the history does not fit its changes: ${seen}` };
  if (now.digest === before.digest && now.runs === before.runs) return 'before';
  if (now.digest === after && now.runs === before.runs + 1) return 'after';
  return { violation: `neither the state before nor the one after: ${seen}` };
}

/** Whether what the process said is true. */
export function lie(verdict: Verdict, ended: Ended): string | null {
  if (typeof verdict !== 'string') return verdict.violation;
  const { code, stdout, stderr } = ended;
  const saysCommitted = code === 0 && stdout.includes('Committed as run');
  const what = verdict === 'after' ? 'it was committed' : 'it was not committed';
  if (saysCommitted !== (verdict === 'after')) return `${what}, but: ${describeEnd(ended)}`;
  if (verdict === 'before' && !/^[^\n]+\n$/.test(stderr)) return `not one line: ${describeEnd(ended)}`;
  return stderr.includes('a bug in rollcall') ? `called a bug: ${describeEnd(ended)}` : null;
}
