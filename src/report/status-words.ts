import type { ChalkInstance } from 'chalk';
import type { Health, OpenProblem } from '../core/health.ts';
import { count } from '../core/printable.ts';
import { reasonsText, untoldText } from './history-lines.ts';
import { dayText, momentText } from './moment.ts';

/** The status as one screen. Its first line says all that a monitoring system shows. */
export function statusText(health: Health, paint: ChalkInstance): string {
  const { open, lastRun, lastSuccess, failures, gone, certificateExpiresAt } = health;
  const verdict =
    open.length === 0
      ? `${paint.green('OK')}: the last synchronization succeeded ${agoText(health.ageSeconds)}`
      : `${paint.yellow('WARNING')}: ${open.map((problem) => problemText(problem, health)).join('; ')}`;
  const rows: [string, string | null][] = [
    ['last run', lastRun && `${momentText(lastRun.at)}, ${lastRun.outcome}`],
    ['last success', lastSuccess && `${momentText(lastSuccess.at)}, run ${lastSuccess.run}`],
    ['failures', failures.since && `${failures.count} in a row, since ${momentText(failures.since)}`],
    ['gone users', gone.since && `${gone.users}, the first since ${dayText(gone.since)}`],
    ['in doubt', some(health.doubts)],
    ['skipped', some(health.skipped)],
    ['held', some(health.held)],
    ['certificate', certificateExpiresAt && expiryText(certificateExpiresAt)],
    ['schema', health.schema],
  ];
  return [verdict, ...rows.map(([name, value]) => `  ${name.padEnd(14)}${value ?? 'none'}`)].join('\n');
}

const expiryText = (expiresAt: Date) =>
  `${expiresAt < new Date() ? 'expired' : 'expires'} on ${dayText(expiresAt)}`;

const some = (n: number) => (n === 0 ? null : `${n}; "rollcall sync test" shows ${n === 1 ? 'it' : 'them'}`);

export const jsonStatus = (health: Health) => ({
  type: 'status',
  healthy: health.open.length === 0,
  ...health,
});

function problemText(problem: OpenProblem, health: Health): string {
  const { doubts, held, certificateExpiresAt, ageSeconds } = health;
  switch (problem) {
    case 'never':
      return 'there has been no synchronization yet; run "rollcall sync now"';
    case 'blocked':
    case 'failing':
      return failuresText(health.failures);
    case 'held':
      return `${count(held, 'deletion is', 'deletions are')} held`;
    case 'doubts':
      return `${count(doubts, 'entry is', 'entries are')} in doubt`;
    case 'certificate':
      return `the certificate of the directory ${expiryText(certificateExpiresAt ?? new Date(0))}`;
    case 'untold':
      return untoldText(health.untold).replace('; ', '');
    case 'tooOld':
      return `the last listing that was synchronized is from ${agoText(ageSeconds)}`;
  }
}

function failuresText({ count: failures, since, outcome, reasons }: Health['failures']): string {
  const last = outcome === 'blocked' ? 'was blocked' : 'failed';
  const from = `since ${momentText(since ?? new Date(0))}`;
  const which =
    failures === 1
      ? `the last run ${last}`
      : `${failures} runs in a row did not succeed, ${from}; the last one ${last}`;
  return `${which}: ${reasonsText(reasons)}`;
}

/** `5 minutes ago`, in the largest unit that is not too coarse. */
function agoText(seconds: number | null): string {
  const s = seconds ?? 0;
  if (s < 120) return `${count(s, 'second')} ago`;
  if (s < 2 * 3_600) return `${Math.floor(s / 60)} minutes ago`;
  if (s < 2 * 86_400) return `${Math.floor(s / 3_600)} hours ago`;
  return `${Math.floor(s / 86_400)} days ago`;
}
