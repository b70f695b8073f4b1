import { RawServer } from '../servers/raw.ts';
import { put } from '../support/state.ts';
import { allCuts, stored } from './cuts.ts';
import type { Fault } from './fault.ts';
import { inLanes } from './lanes.ts';
import { describeEnd, saidOneLine } from '../support/launch.ts';
import { Stand } from './stand.ts';

/** The same through the whole command line. */
export const cutsThroughBinary: Fault = {
  promise: 'A listing that did not arrive whole never changes anything',
  figure: 'random ones of these cuts with the command itself: exit 1, one line, nothing on standard output',
  run: async ({ postgres, random, times, tell }) => {
    const all = allCuts();
    const violations: string[] = [];
    const count = times(60);
    await inLanes(
      count,
      async () => {
        const stand = await Stand.open('postgres', postgres.url);
        const server = await RawServer.start();
        stand.configure({ directory: { url: server.url, retries: 0 } });
        await stand.withStore((store) => put(store, stored));
        return { stand, server, before: JSON.stringify(await stand.snapshot()) };
      },
      async ({ stand, server }) => {
        await stand.close();
        await server.stop();
      },
      async ({ stand, server, before }, index) => {
        const { name, bytes } = random.pick(all);
        server.sends(bytes);
        const ended = await stand.launch('sync now').ended;
        if (ended.code !== 1 || !saidOneLine(ended)) violations.push(`${name}: ${describeEnd(ended)}`);
        if (ended.stderr.includes('a bug in rollcall'))
          violations.push(`${name}: called a bug: ${describeEnd(ended)}`);
        if (JSON.stringify(await stand.snapshot()) !== before) violations.push(`${name}: changed something`);
        if ((index + 1) % 25 === 0) tell(`cuts: ${index + 1} of ${count}`);
      },
    );
    return { done: count, violations };
  },
};
