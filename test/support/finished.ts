import type { FinishedRun } from '../../src/after/finished-run.ts';
import type { Block } from '../../src/core/limits.ts';
import type { Outcome } from '../../src/core/errors.ts';
import { counted } from './pages.ts';

interface Said {
  limits?: string[];
  doubts?: string[];
  command?: string;
  created?: number;
  message?: string;
}

const block = (limit: string) =>
  ({ limit, changes: 40, stored: 100, exceeded: { percent: 10 } }) as unknown as Block;

/** A run that is over, with nothing in it but what is said. */
export function finished(
  outcome: Outcome,
  { limits = [], doubts = [], created = 0, message = 'no', command = 'sync now' }: Said = {},
) {
  const hasFailed = outcome === 'failed';
  const run: FinishedRun = {
    ...{ command, database: 'archive on db1', outcome, exitCode: hasFailed ? 1 : 0 },
    listedAt: new Date('2026-11-26T03:00:00Z'),
    ...{ startedAt: new Date('2026-11-26T03:00:00Z'), endedAt: new Date('2026-11-26T03:00:02.5Z') },
    result: hasFailed
      ? null
      : {
          counts: { ...counted([]), created, doubts: doubts.length },
          blocks: limits.map(block),
          held: outcome === 'held' ? block('deletions') : null,
          firstDeletions: false,
          presenceChanged: false,
          run: limits.length > 0 ? null : 7,
        },
    doubts: { examples: [], digests: doubts },
    error: hasFailed ? { code: null, message } : null,
    certificateExpiresAt: null,
  };
  return run;
}
