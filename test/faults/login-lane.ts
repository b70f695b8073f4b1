import { Relay } from '../servers/relay.ts';
import { put } from '../support/state.ts';
import { DeafServer } from './deaf-server.ts';
import type { Context } from './fault.ts';
import { Stand } from './stand.ts';

/** In ms: what a login is given, and what starting and ending may take beside it on a busy machine. */
export const allowed = { login: 3_000, around: 6_000 };

export interface LoginLane {
  stand: Stand;
  relay: Relay;
  deaf: DeafServer;
  /** What makes the database stop, as bytes of a client show it. */
  stopAt: (bytes: RegExp | null) => void;
}

const users = { known: {}, barred: { privileges: ['changePassword'] } };

export async function openLogins({ postgres }: Context): Promise<LoginLane> {
  let last: RegExp | null = null;
  const relay = await Relay.start(postgres.url, () => {
    let isStopped = false;
    return {
      toServer: (bytes) => {
        isStopped ||= last?.test(bytes.toString('latin1')) ?? false;
        return isStopped ? 'hold' : 'pass';
      },
    };
  });
  const stand = await Stand.open('postgres', postgres.url, (url) => relay.through(url));
  await stand.withStore((store) => put(store, { users }));
  return { stand, relay, deaf: await DeafServer.start(), stopAt: (bytes) => (last = bytes) };
}

export async function closeLogins({ stand, relay, deaf }: LoginLane): Promise<void> {
  await stand.close();
  await relay.stop();
  await deaf.stop();
}

export function configure(stand: Stand, url = stand.directory.url): void {
  stand.configure({ directory: { url, retries: 0, timeouts: { login: `${allowed.login}ms` } } });
}

export const login = ({ stand }: LoginLane, name: string) =>
  stand.launch(`login ${name} --password-stdin`, { stdin: 'correct horse\n', deadline: 30_000 }).ended;
