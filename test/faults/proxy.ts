import { Relay, type Passage } from '../servers/relay.ts';

/**
 * What happens to a COMMIT that passes: the server never gets it; it gets it, and the connection is lost together with
 * its answer; it gets it, and the connection is lost before it can answer; it never gets it and does not notice the loss.
 */
export type Loss = 'before' | 'after' | 'unanswered' | 'stranded';

const passages: Record<Loss, Passage> = {
  before: 'cut',
  after: 'pass',
  unanswered: 'last',
  stranded: 'strand',
};

/** Stands between rollcall and Postgres, and cuts the connection at COMMIT. */
export class CommitProxy {
  /** Of COMMITs. */
  lost = 0;
  readonly relay: Relay;
  #next: { loss: Loss; then: 'open' | 'silence'; tell: () => void } | null = null;

  private constructor(relay: Relay) {
    this.relay = relay;
  }

  static async start(target: string): Promise<CommitProxy> {
    const proxy: CommitProxy = new CommitProxy(await Relay.start(target, () => proxy.#tap()));
    return proxy;
  }

  /**
   * Loses the next COMMIT.
   *
   * @param then whether there is anybody to ask afterwards; if not, until the relay opens again
   * @returns when it is lost
   */
  lose(loss: Loss, then: 'open' | 'silence'): Promise<void> {
    return new Promise((tell) => (this.#next = { loss, then, tell }));
  }

  /** Loses nothing any more. */
  rest(): void {
    this.#next = null;
    this.relay.open();
  }

  #tap() {
    let committing = false;
    return {
      toServer: (bytes: Buffer) => {
        const loss = this.#next?.loss;
        if (loss === undefined || !/^Q[^]{4}commit/i.test(bytes.toString('latin1'))) return 'pass';
        committing = loss === 'after';
        if (committing) return 'pass';
        this.#lost();
        return passages[loss];
      },
      toClient: () => {
        if (!committing) return 'pass';
        this.#lost();
        return 'cut';
      },
    } as const;
  }

  #lost(): void {
    this.lost += 1;
    if (this.#next?.then === 'silence') this.relay.shut();
    this.#next?.tell();
    this.#next = null;
  }
}
