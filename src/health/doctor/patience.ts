import { RollcallError } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import { failure, skipped } from './verdicts.ts';

/** How long a step may take that one question answers, in milliseconds. */
export const moment = 5_000;

/** A step took too long. Whatever it waited for may come later, and is of no interest. */
export class TooLate extends RollcallError {
  constructor(ms: number) {
    super('failed', `no answer within ${ms / 1_000} s`);
  }
}

/** Bounds every step, and all of them together: a host that swallows everything must not keep the others waiting. */
export class Patience {
  readonly #signal: AbortSignal;
  readonly #end: number;

  /** @param signal interrupts everything */
  constructor(signal: AbortSignal, all: number) {
    this.#signal = signal;
    this.#end = Date.now() + all;
  }

  /**
   * Does a part of a step that may fail by itself.
   *
   * @throws TooLate, or the reason of the signal
   */
  async within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted();
    const most = Math.max(Math.min(ms, this.#end - Date.now()), 0);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new TooLate(ms)), most);
    const signal = AbortSignal.any([this.#signal, late.signal]);
    // Not all work ends when it is told to: a name is looked up for as long as the system likes.
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    const working = work(signal);
    working.catch(() => undefined);
    return Promise.race([working, aborted]).finally(() => clearTimeout(timer));
  }

  /**
   * Does a step, whose failure is a finding.
   *
   * @param advice what to do if there is no answer, or the failure does not say it
   */
  async step(
    check: string,
    ms: number,
    work: (signal: AbortSignal) => Promise<Finding[]>,
    advice?: string,
  ): Promise<Finding[]> {
    if (Date.now() >= this.#end) return [skipped(check, 'there was no time left for it')];
    try {
      return await this.within(ms, work);
    } catch (error) {
      this.#signal.throwIfAborted();
      return [failure(check, error, advice)];
    }
  }
}
