import type { Outcome } from '../core/errors.ts';

/** The only place that gives an outcome its number and its explanation. */
export const exitCodes: Readonly<Record<Outcome, { code: number; meaning: string }>> = {
  done: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'failed; nothing was changed unless the message says so' },
  pending: { code: 2, meaning: 'changes are pending (sync test --exit-code only)' },
  blocked: { code: 3, meaning: 'blocked by a limit; nothing was changed' },
  skipped: { code: 4, meaning: 'entries were skipped or are in doubt (--strict only)' },
  rejected: { code: 5, meaning: 'the login was rejected (login only)' },
  stale: { code: 6, meaning: 'the saved plan no longer fits; nothing was changed (plan apply only)' },
  held: { code: 7, meaning: 'deletions were held; sync now committed everything else' },
  usage: { code: 64, meaning: 'usage error on the command line' },
  locked: { code: 75, meaning: 'another run holds the lock; nothing was changed' },
  config: { code: 78, meaning: 'invalid configuration' },
  interrupted: { code: 130, meaning: 'interrupted (Ctrl-C); nothing was changed unless the message says so' },
  terminated: { code: 143, meaning: 'terminated; nothing was changed unless the message says so' },
};

/** The table of all codes, for `--help`. */
export const exitCodeTable = (): string =>
  Object.values(exitCodes)
    .map(({ code, meaning }) => `  ${String(code).padEnd(5)}${meaning}`)
    .join('\n');
