import type { Finding } from '../core/finding.ts';

/** Makes the findings of a command, whose checks have these codes. */
export const grading = <Check extends string>() => ({
  ok: (check: Check, message: string): Finding => ({ check, grade: 'ok', message, hint: null }),

  warning: (check: Check, message: string, hint: string): Finding => ({
    ...{ check, grade: 'warning', message, hint },
  }),

  failed: (check: Check, message: string, hint: string | null): Finding => ({
    ...{ check, grade: 'failed', message, hint },
  }),

  /** @param reason why it could not be checked */
  skipped: (check: Check, reason: string, hint: string | null = null): Finding => ({
    ...{ check, grade: 'skipped', message: reason, hint },
  }),
});
