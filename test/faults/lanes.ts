/** Does `count` things in order, two at a time, because there are two cores; each lane has a stand of its own. */
export async function inLanes<L>(
  count: number,
  open: () => Promise<L>,
  close: (lane: L) => Promise<void>,
  work: (lane: L, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(2, count) }, async () => {
      const lane = await open();
      try {
        while (next < count) await work(lane, next++);
      } finally {
        await close(lane);
      }
    }),
  );
}
