import { RollcallError } from '../core/errors.ts';
import { exitCodes } from './exit-codes.ts';

/** How long an interrupted command may take to roll back and close, in milliseconds. */
const patience = 5_000;

const outcomes = { SIGINT: 'interrupted', SIGTERM: 'terminated' } as const;

/**
 * The first Ctrl-C or SIGTERM aborts the signal, and the current transaction is rolled back. The second one, or a
 * database or reader that does not respond in time, ends the process immediately; the server then rolls back by itself.
 *
 * @param stays what an interrupted command reports as done; by default, that nothing was changed
 */
export function listenForSignals(stays?: string): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  const stopOn = (name: NodeJS.Signals) => {
    const outcome = outcomes[name as keyof typeof outcomes];
    const giveUp = () => {
      const open = stays ?? 'a commit that was under way may still succeed; look at what is stored';
      process.stderr.write(`rollcall: ${outcome}; ${open}\n`);
      process.exit(exitCodes[outcome].code);
    };
    if (controller.signal.aborted) giveUp();
    controller.abort(new RollcallError(outcome, `${outcome}; ${stays ?? 'nothing was changed'}`));
    setTimeout(giveUp, patience).unref();
  };
  for (const name of Object.keys(outcomes)) process.on(name, stopOn);
  return {
    signal: controller.signal,
    // A late signal must not make a committed run look interrupted.
    stop: () => {
      for (const name of Object.keys(outcomes)) process.off(name, stopOn).on(name, () => undefined);
    },
  };
}
