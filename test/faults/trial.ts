import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from './random.ts';
import { describeEnd, type Ended, type Running } from '../support/launch.ts';
import { runSync } from '../support/run.ts';
import { put } from '../support/state.ts';
import { twoListings } from './people.ts';
import { takeSnapshot, type Snapshot } from './snapshot.ts';
import { query, type Stand } from './stand.ts';
import { judge, type Verdict } from './verdict.ts';

/** Does something to a run that is under way; it resolves when that is done. */
export type Disturb = (running: Running, moment: Promise<void>) => Promise<void> | void;

/** What is disturbed. `first` begins with nothing at all, `import` with empty tables. */
export type Work = 'steady' | 'first' | 'import' | 'blocked';

/**
 * Makes runs from one state to another, disturbs them at random moments, and looks at what is stored then. The states
 * are known from runs that were left in peace.
 */
export class Trials {
  /** Of a run that is left in peace, in ms: all of it, and what follows the question to the directory. */
  #whole = 0;
  #rest = 0;
  #turn: 0 | 1 = 0;
  readonly #after: [string, string] = ['', ''];
  #now: Snapshot = { digest: '', runs: 0, sound: true };
  /** What `first` and `import` begin with. */
  #bare: Snapshot | null = null;

  readonly stand: Stand;
  readonly work: Work;
  private readonly listings: [string, string];
  private readonly random: Random;

  private constructor(stand: Stand, work: Work, listings: [string, string], random: Random) {
    this.stand = stand;
    this.work = work;
    this.listings = listings;
    this.random = random;
  }

  /** @param size of the listings, in users */
  static async open(stand: Stand, work: Work, size: number, random: Random): Promise<Trials> {
    const trials = new Trials(stand, work, twoListings(size), random);
    for (const turn of [0, 1] as const) {
      await trials.#begin();
      trials.#turn = turn;
      await trials.#peaceful();
      trials.#after[turn] = trials.#now.digest;
    }
    if (work === 'blocked') {
      const never = { percent: 0, atLeast: 0, count: 0 };
      stand.configure({ limits: { deletions: never, updates: never } });
    }
    return trials;
  }

  /** One disturbed run. When it did not commit, the next run, in peace, has to. */
  async disturb(disturb: Disturb): Promise<{ verdict: Verdict; ended: Ended }> {
    await this.#begin();
    const before = this.#now;
    this.#turn = this.#turn === 0 ? 1 : 0;
    this.stand.lists(this.listings[this.#turn]);
    const asked = new Promise<void>((resolve) => {
      this.stand.whenAsked((answer) => {
        resolve();
        answer();
      });
    });
    const running = this.stand.launch('sync now');
    // Some anywhere in the life of the process, most in the part in which there is something to lose.
    const early = this.random.next() < 0.3;
    const delay = this.random.next() * 1.1 * (early ? this.#whole : this.#rest);
    const start = early ? Promise.resolve() : Promise.race([asked, running.ended]);
    const moment = start.then(() => Promise.race([sleep(delay), running.ended]));
    await disturb(
      running,
      moment.then(() => undefined),
    );
    const ended = await running.ended;
    return { verdict: await this.#examine(before), ended };
  }

  async #examine(before: Snapshot): Promise<Verdict> {
    const after = this.#after[this.#turn];
    if (this.work === 'blocked') {
      this.#now = await this.stand.snapshot();
      const verdict = judge(before, this.#now, after);
      this.#turn = this.#turn === 0 ? 1 : 0;
      return verdict === 'after' ? { violation: 'a blocked run was committed' } : verdict;
    }
    if (this.stand.kind === 'postgres' || this.random.next() < 0.1) {
      this.#now = await this.stand.snapshot();
      const verdict = judge(before, this.#now, after);
      if (verdict !== 'after') await this.#peaceful();
      return verdict;
    }
    // To open the embedded store takes longer than all the rest, so this is done once for all.
    return this.stand.withStore(async (store) => {
      const verdict = judge(before, await takeSnapshot(query(store)), after);
      if (verdict !== 'after') await runSync(store, this.stand.directory.url, 'now');
      this.#now = await takeSnapshot(query(store));
      if (this.#now.digest === after) return verdict;
      return { violation: `the next run led to another state (after ${JSON.stringify(verdict)})` };
    });
  }

  /** A run that nobody disturbs must work, and lead to the state that it always leads to. */
  async #peaceful(): Promise<void> {
    this.stand.lists(this.listings[this.#turn]);
    let asked = 0;
    this.stand.whenAsked((answer) => {
      asked = Date.now();
      answer();
    });
    const ended = await this.stand.launch('sync now').ended;
    if (ended.code !== 0) throw new Error(`a run in peace failed: ${describeEnd(ended)}`);
    this.#whole = ended.took;
    this.#rest = Date.now() - asked;
    this.#now = await this.stand.snapshot();
    const expected = this.#after[this.#turn];
    if (expected !== '' && expected !== this.#now.digest)
      throw new Error('a run in peace led to another state');
  }

  async #begin(): Promise<void> {
    if (this.work === 'steady' || this.work === 'blocked') return;
    if (this.work === 'first' || this.#bare === null) {
      await this.stand.forget();
      if (this.work === 'import') await this.stand.withStore((store) => put(store, {}));
      this.#bare ??= await this.stand.snapshot();
    } else await this.stand.withStore((store) => put(store, {}));
    this.#now = this.#bare;
  }
}
