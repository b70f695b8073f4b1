import { RollcallError } from '../../core/errors.ts';
import { explain } from './explanations.ts';
import { nameOf, TransportError, type HttpSettings } from './settings.ts';

/** Enforces the timeouts of one request, and turns its failures into errors. */
export class Watch {
  readonly #abort = new AbortController();
  readonly #settings: HttpSettings;
  readonly #outer: AbortSignal;
  readonly #total: NodeJS.Timeout;
  #idle: NodeJS.Timeout;
  readonly #interrupt = () => this.#abort.abort(this.#outer.reason);

  constructor(settings: HttpSettings, outer: AbortSignal) {
    this.#settings = settings;
    this.#outer = outer;
    const { idle, total } = settings.timeouts;
    this.#total = setTimeout(
      () => this.#end(`no complete answer within ${seconds(total)} (timeouts.total)`),
      total,
    );
    this.#idle = setTimeout(
      () => this.#end(`nothing was received for ${seconds(idle)} (timeouts.idle)`),
      idle,
    );
    if (outer.aborted) this.#interrupt();
    else outer.addEventListener('abort', this.#interrupt, { once: true });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Restarts the idle timeout, because data arrived. */
  heard(): void {
    this.#idle.refresh();
  }

  stop(): void {
    clearTimeout(this.#total);
    clearTimeout(this.#idle);
    this.#outer.removeEventListener('abort', this.#interrupt);
  }

  /** The error to throw; it contains neither the request nor its credentials. */
  failure(error: unknown): Error {
    const { signal } = this.#abort;
    // A deadline, or what the caller of the library gave as the reason, of whatever kind.
    if (signal.aborted) return signal.reason as Error;
    if (error instanceof RollcallError) return error;
    return explain(error, nameOf(this.#settings.url), this.#settings.proxy !== null);
  }

  #end(message: string): void {
    this.#abort.abort(new TransportError(`${nameOf(this.#settings.url)}: ${message}`));
  }
}

/** A duration in seconds, for people. */
export const seconds = (ms: number) => `${ms / 1000} s`;
