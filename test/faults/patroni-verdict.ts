import { describeEnd } from '../support/launch.ts';
import type { Outcome, Stopped, Trial } from './patroni-trials.ts';
import type { Snapshot } from './snapshot.ts';
import { judge } from './verdict.ts';

/** A run that a leader failed under, and what the next leader has. Times are in ms since 1970. */
export interface Seen {
  before: Snapshot;
  now: Snapshot;
  goal: string;
  end: Stopped;
  /** When the blow had fallen, and when there was a leader again. */
  fellAt: number;
  ledAt: number;
}

type Told = 'committed' | 'lost' | 'unknown' | 'not committed';

/** All or nothing, and what was told is what is there. */
export function judgeFailover({ blow, isSynchronous }: Trial, seen: Seen): Outcome {
  const { before, now, goal, end, fellAt, ledAt } = seen;
  const verdict = judge(before, now, goal);
  if (typeof verdict !== 'string') return { outcome: 'neither', problems: [verdict.violation] };
  const told = toldBy(end);
  if (told === null) return { outcome: 'unclear', problems: [describeEnd(end)] };
  const isThere = verdict === 'after';
  const wrong = (what: string): Outcome => ({ outcome: what, problems: [`${what}: ${describeEnd(end)}`] });
  if (told === 'committed' && !isThere) {
    // Only the old leader can have said so, and a leader that takes over without it is what asynchronous means.
    const mayBeLost = !isSynchronous && blow === 'killed' && end.at < ledAt;
    const what = 'reported, then lost with the leader';
    return mayBeLost
      ? { outcome: what, problems: [] }
      : wrong(`told committed, and not there (${end.at - fellAt} ms after the blow)`);
  }
  if (told === 'unknown' && ledAt - fellAt < 50_000) return wrong('nobody was asked');
  if (isThere && (told === 'lost' || told === 'not committed')) return wrong(`told ${told}, and there`);
  return { outcome: `told ${told}, ${isThere ? 'there' : 'not there'}`, problems: [] };
}

/** Null for what nobody should have to read. */
function toldBy({ code, stdout, stderr, hung }: Stopped): Told | null {
  if (hung) return null;
  if (code === 0) return stdout.includes('Committed as run') ? 'committed' : null;
  if (code !== 1 || !/^rollcall: [^\n]+\n$/.test(stderr) || stderr.includes('a bug in rollcall')) return null;
  if (stderr.includes('lost in a failover')) return 'lost';
  return stderr.includes('cannot be asked') ? 'unknown' : 'not committed';
}
