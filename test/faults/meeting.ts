import { Relay } from '../servers/relay.ts';
import type { Context } from './fault.ts';
import { Stand } from './stand.ts';

/** A stand whose processes wait for each other when they connect. */
export interface MeetingPlace {
  stand: Stand;
  relay: Relay;
  meeting: Meeting;
}

export async function openPlace({ postgres }: Context): Promise<MeetingPlace> {
  const meeting = new Meeting();
  const relay = await Relay.start(postgres.url, undefined, () => meeting.arrive());
  const stand = await Stand.open('postgres', postgres.url, (url) => relay.through(url));
  return { stand, relay, meeting };
}

export async function closePlace({ stand, relay }: MeetingPlace): Promise<void> {
  await stand.close();
  await relay.stop();
}

/** Those who arrive wait until all are there, or have left, or three seconds have passed. */
export class Meeting {
  #missing = 0;
  #waiting: (() => void)[] = [];

  /** Until then, nobody waits. */
  expect(crowd: number): void {
    this.#missing = crowd;
  }

  async arrive(): Promise<void> {
    if (this.#missing === 0) return;
    const all = new Promise<void>((resolve) => this.#waiting.push(resolve));
    const late = setTimeout(() => this.#begin(), 3_000);
    this.leave();
    await all;
    clearTimeout(late);
  }

  /** One fewer to wait for. */
  leave(): void {
    if (this.#missing === 0) return;
    this.#missing -= 1;
    if (this.#missing === 0) this.#begin();
  }

  #begin(): void {
    this.#missing = 0;
    for (const go of this.#waiting.splice(0)) go();
  }
}
