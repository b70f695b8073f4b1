/** Every way a command can end, with the one number and the one explanation it has everywhere. */
export const exitCodes = {
  done: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'failed; nothing was changed unless the message says so' },
  pending: { code: 2, meaning: 'changes are pending (only with sync test --exit-code)' },
  blocked: { code: 3, meaning: 'blocked by a limit; nothing was changed' },
  skipped: { code: 4, meaning: 'entries were skipped or are in doubt (only with --strict)' },
  rejected: { code: 5, meaning: 'the login was rejected (only login)' },
  usage: { code: 64, meaning: 'wrong usage of the command line' },
  locked: { code: 75, meaning: 'another run holds the lock; nothing was changed' },
  config: { code: 78, meaning: 'wrong configuration' },
  interrupted: { code: 130, meaning: 'interrupted (Ctrl-C); nothing was changed unless the message says so' },
  terminated: { code: 143, meaning: 'terminated; nothing was changed unless the message says so' },
} as const;

export type Outcome = keyof typeof exitCodes;

/**
 * A failure that the user can understand and act on: one line that says what failed, where, and what to do.
 * It never carries a `cause`: the errors of libraries hold credentials and are read once, where they arise.
 */
export class RollcallError extends Error {
  override readonly name = 'RollcallError';
  readonly outcome: Outcome;

  constructor(outcome: Outcome, message: string) {
    super(message);
    this.outcome = outcome;
  }
}

/** The message of whatever was thrown, on one line. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  return message.replace(/\s+/gu, ' ').trim();
}

/** The code of a failure of the system, such as ENOSPC; its message would repeat the path. */
export const systemCode = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown';
