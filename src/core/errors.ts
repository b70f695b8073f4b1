/** Every way in which a command can end. cli/exit-codes.ts gives each a number. */
export type Outcome =
  | 'done'
  | 'failed'
  | 'pending'
  | 'blocked'
  | 'skipped'
  | 'rejected'
  | 'stale'
  | 'held'
  | 'usage'
  | 'locked'
  | 'config'
  | 'interrupted'
  | 'terminated';

/**
 * A failure that the user can understand and act on: one line that says what failed, where, and what to do.
 * It never has a `cause`: errors of libraries contain credentials, and are translated where they occur.
 */
export class RollcallError extends Error {
  override readonly name = 'RollcallError';
  readonly outcome: Outcome;
  /** Whether something was changed all the same. */
  readonly changed: boolean | 'unknown';
  /** The message without what it quotes from outside, for those whom that is not for. */
  readonly brief: string;

  constructor(outcome: Outcome, message: string, changed: boolean | 'unknown' = false, brief = message) {
    super(message);
    this.brief = brief;
    this.outcome = outcome;
    this.changed = changed;
  }
}

/** The message of anything that was thrown, on one line. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  return message.replace(/\s+/gu, ' ').trim();
}

/** What the codes of the system say about a file; Node's own words would repeat its path. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRINUSE: 'another program uses it',
  EISDIR: 'it is a folder',
  ENOENT: 'it does not exist',
  ENOSPC: 'no space left on the disk',
  ENOTDIR: 'a part of its path is not a folder',
  EPERM: 'the operation is not permitted',
  EROFS: 'the disk is read-only',
};

/** Why a file could not be read, in a few words. */
export function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return (code === undefined ? undefined : reasons[code]) ?? messageOf(error);
}

/** Why a file or folder could not be written or created. */
export const writeReasonOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'its folder does not exist' : reasonOf(error);
