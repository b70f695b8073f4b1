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
