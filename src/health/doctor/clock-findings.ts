import type { Finding } from '../../core/finding.ts';
import { ok, skipped, warning } from './verdicts.ts';

/** In milliseconds. */
const tolerable = 60_000;

/** What the clock of the database is called. */
export const theDatabase = 'the database';

/** By how many milliseconds the clock of somebody is ahead of ours. */
export interface OtherClock {
  whose: string;
  ahead: number;
}

/**
 * History and the time for which users are gone use the clock of the database; certificates that of this machine.
 *
 * @param isComplete whether the clock of the database is among them, if it has one of its own
 */
export function clockFindings(clocks: readonly OtherClock[], isComplete: boolean): Finding[] {
  const check = 'clock';
  const wrong = clocks.filter(({ ahead }) => Math.abs(ahead) > tolerable);
  if (wrong.length === 0 && !isComplete) return [skipped(check, 'the database could not be asked')];
  if (clocks.length === 0) return [ok(check, 'no other clock counts')];
  if (wrong.length === 0) {
    const others = clocks.map(({ whose }) => whose).join(' and ');
    return [ok(check, `this machine agrees with ${others}`)];
  }
  return wrong.map(({ whose, ahead }) => {
    const seconds = Math.round(Math.abs(ahead) / 1_000);
    const said = `${whose} is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine`;
    return warning(check, said, 'set both clocks by the network (NTP)');
  });
}
