import { RollcallError } from '../core/errors.ts';
import { exitCodes } from './exit-codes.ts';
import { log } from './log.ts';

/** How long an interrupted command may take to roll back and close, in milliseconds. */
const patience = 5_000;

const outcomes = { SIGINT: 'interrupted', SIGTERM: 'terminated' } as const;
type Name = keyof typeof outcomes;
const names = Object.keys(outcomes) as Name[];

/**
 * Lets Ctrl-C and SIGTERM end this process at once, whatever it is doing. Node has handlers of its own, which never run while
 * a file on a network disk does not answer.
 */
export function letSignalsEnd(): void {
  for (const name of names) {
    // A listener takes the place of Node's handler; without any, the system acts by itself, even during a call that blocks.
    process.on(name, () => undefined).removeAllListeners(name);
  }
}

/** `process.exit` would wait for the disk; the exit code is the same. */
function endBySignal(name: Name): void {
  // What hides the cursor meanwhile has no time to show it again.
  if (process.stderr.isTTY) process.stderr.write('\u001b[?25h');
  letSignalsEnd();
  process.kill(process.pid, name);
  // The first process of a container cannot be killed like that.
  process.exit(exitCodes[outcomes[name]].code);
}

/**
 * The first Ctrl-C or SIGTERM aborts the signal, and the current transaction is rolled back. The second one, or a
 * database or reader that does not respond in time, ends the process immediately; the server then rolls back by itself.
 *
 * @param stays what an interrupted command reports as done; by default, that nothing was changed
 */
export function listenForSignals(stays?: string): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const later = (work: () => void) => timers.push(setTimeout(work, patience).unref());
  const stopOn = (name: Name) => {
    const outcome = outcomes[name];
    const giveUp = () => {
      const open = stays ?? 'a commit that was under way may still succeed; look at what is stored';
      log('error', `${outcome}; ${open}`);
      endBySignal(name);
    };
    if (controller.signal.aborted) giveUp();
    const message = `${outcome}; ${stays ?? 'nothing was changed'}`;
    controller.abort(new RollcallError(outcome, message, stays === undefined ? false : 'unknown'));
    later(giveUp);
  };
  for (const name of names) process.on(name, stopOn);
  return {
    signal: controller.signal,
    stop: () => {
      timers.forEach((timer) => clearTimeout(timer));
      for (const name of names) {
        // A late signal must not make a committed run look interrupted, but it may meet a result that nobody reads.
        process.off(name, stopOn).on(name, () => later(() => endBySignal(name)));
      }
    },
  };
}
