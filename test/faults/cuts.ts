import { answer, framings, RawServer, type Encoding } from '../servers/raw.ts';
import { runSync } from '../support/run.ts';
import { put } from '../support/state.ts';
import type { Context, Fault, Result } from './fault.ts';
import { inLanes } from './lanes.ts';
import { query, Stand } from './stand.ts';
import { takeSnapshot } from './snapshot.ts';

export const encodings: Encoding[] = ['identity', 'gzip', 'deflate', 'br'];

/** Small, so that every byte of them can be the last one: whoever is cut off here would be deleted. */
export const listings = [
  [
    { userName: 'anna', fullName: 'Anna A.', emailAddresses: ['anna@example.com', 'a@example.com'] },
    { userName: 'bert', distinguishedName: 'UID=bert,DC=example,DC=com' },
  ],
  [
    { userName: 'anna' },
    { userName: 'bert' },
    { userName: 'carl' },
    { userName: 'dora' },
    { userName: 'emil' },
  ],
  [{ userName: 'zoë', fullName: 'Zoë "Z\\" O’Hara 🙂', n: [1.5e3, true, null, { deep: [[]] }] }],
  [{ userName: 'anna', fullName: 'New' }],
  Array.from({ length: 12 }, (_, i) => ({ userName: `user${i}`, emailAddresses: [`u${i}@example.com`] })),
].map((entries) => JSON.stringify(entries));

/** An answer that ends after some of its bytes. */
export interface Cut {
  name: string;
  bytes: Buffer;
}

export function allCuts(): Cut[] {
  return listings.flatMap((listing, number) =>
    encodings.flatMap((encoding) =>
      framings.flatMap((framing) => {
        const whole = answer(listing, encoding, framing);
        return Array.from({ length: whole.length }, (_, length) => ({
          name: `listing ${number}, ${encoding}, ${framing}, ${length} of ${whole.length} bytes`,
          bytes: whole.subarray(0, length),
        }));
      }),
    ),
  );
}

export const stored = {
  users: { anna: { fullName: 'Anna' }, bert: {}, carl: {}, dora: { privileges: ['export'] }, zoe: {} },
};

/** Every one of them when the scale is 1. */
export const cuts: Fault = {
  promise: 'A listing that did not arrive whole never changes anything',
  figure: 'cuts at every byte, in each encoding and framing, with deletion on and no limits',
  run: async (context: Context): Promise<Result> => {
    const every = Math.max(1, Math.round(1 / (context.times(1_000) / 1_000)));
    const chosen = allCuts().filter((_, i) => i % every === 0);
    const violations: string[] = [];
    const open = async () => {
      const stand = await Stand.open('postgres', context.postgres.url);
      const server = await RawServer.start();
      await stand.withStore((store) => put(store, stored));
      return { stand, server };
    };
    const piece = 500;
    await inLanes(
      Math.ceil(chosen.length / piece),
      open,
      async ({ stand, server }) => {
        await stand.close();
        await server.stop();
      },
      ({ stand, server }, index) =>
        stand.withStore(async (store) => {
          const before = JSON.stringify(await takeSnapshot(query(store)));
          for (const { name, bytes } of chosen.slice(index * piece, (index + 1) * piece)) {
            server.sends(bytes);
            const ended = await runSync(store, server.url, 'now').then(
              ({ run }) => `was taken for a whole one: run ${run ?? 'none'}`,
              whatIsWrongWith,
            );
            if (ended !== null) violations.push(`${name}: ${ended}`);
            if (JSON.stringify(await takeSnapshot(query(store))) !== before)
              violations.push(`${name}: changed something`);
          }
          context.tell(`cuts: piece ${index + 1} of ${Math.ceil(chosen.length / piece)}`);
        }),
    );
    return { done: chosen.length, violations };
  },
};

function whatIsWrongWith(error: unknown): string | null {
  if (!(error instanceof Error)) return 'threw something that is no error';
  const { name, message, outcome } = error as Error & { outcome?: string };
  if (name !== 'RollcallError' || outcome !== 'failed')
    return `ended with ${name} (${outcome ?? ''}): ${message}`;
  return message === '' || /\n/.test(message) ? `not one line: ${JSON.stringify(message)}` : null;
}
