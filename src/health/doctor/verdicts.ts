import { RollcallError } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import { DatabaseError } from '../../database/failure.ts';
import { grading } from '../grading.ts';

export const { ok, warning, failed, skipped } = grading<string>();

/**
 * The finding of a check that threw. What a failure says behind its first semicolon is what to do.
 *
 * @param advice what to do if the failure itself does not say it
 * @throws the error if it is a bug: the messages of libraries may contain credentials
 */
export function failure(check: string, error: unknown, advice: string | null = null): Finding {
  if (!(error instanceof RollcallError)) throw error;
  const { message } = error;
  const own = error instanceof DatabaseError ? error.hint : (/; (.*)$/s.exec(message)?.[1] ?? null);
  if (own === null) return failed(check, message, advice);
  return failed(check, message.slice(0, message.indexOf(`; ${own}`)), own);
}

/** Whether nothing of these needs to be mended before what stands on it can be checked. */
export const isFit = (findings: readonly Finding[]) => findings.every(({ grade }) => grade !== 'failed');
