import { count } from '../core/printable.ts';
import type { RunObserver } from '../sync/run.ts';
import { receivedText, type Phases } from './phases.ts';
import type { Terminal } from './terminal.ts';

/** Tells on standard error how far a run is. */
export const runProgress = (terminal: Terminal, phases: Phases): Omit<RunObserver, 'plan' | 'look'> => ({
  received: (bytes, size) => phases.at('receiving', receivedText(bytes, size)),
  retrying: (reason, left) => terminal.warn(`${reason}; retrying (${count(left, 'try', 'tries')} left)`),
  read: (entries) => phases.at('reading', count(entries, 'entry', 'entries')),
  compares: (by) => terminal.tell(comparisons[by]),
  step: (name) => phases.at(name),
});

const comparisons = {
  fingerprints:
    'fingerprints tell which entries equal their stored user; only the others are compared in the database',
  everything:
    'the server computes other fingerprints than rollcall, so every entry is compared in the database',
};
