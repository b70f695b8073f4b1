import { setTimeout as sleep } from 'node:timers/promises';
import { administer } from '../servers/administer.ts';
import type { Pair } from '../servers/standby.ts';
import type { CommitProxy, Loss } from './proxy.ts';

/** A pair of servers, and the proxy through which rollcall sees one of them. */
export interface Stage {
  pair: Pair;
  proxy: CommitProxy;
  /** The database on the primary, seen directly. */
  url: string;
}

/** A run whose connection is lost at COMMIT, and what happens around it. */
export interface Scene {
  what: string;
  /** Whether a commit waits for the standby. */
  synchronous: boolean;
  loss: Loss;
  /** Whether the primary dies, so that the standby answers in the end. */
  fails: boolean;
  /** Whether the URL names both servers; otherwise the address moves from one to the other. */
  hosts: 'one' | 'two';
  /** What rollcall must say; only a committed run may be in the database. `not committed`: either of the others. */
  says: 'committed' | 'rolled back' | 'lost' | 'not committed';
  /** Before the run begins. */
  before?: (stage: Stage) => Promise<void>;
  /** Once the connection is lost. */
  then?: (stage: Stage) => Promise<void>;
}

const holdBack = ({ pair }: Stage) => {
  pair.holdBack();
  return Promise.resolve();
};

/** The address moves to the standby. */
function move({ pair, proxy, url }: Stage): void {
  proxy.relay.aim(pair.onStandby(url));
  proxy.relay.open();
}

async function failOver(stage: Stage): Promise<void> {
  await stage.pair.lose();
  await stage.pair.promote();
  move(stage);
}

/** Others commit on the promoted standby before rollcall can ask, until the number of its transaction was used again. */
async function failOverAndGoOn(stage: Stage): Promise<void> {
  const { pair, url } = stage;
  const [last] = (await administer(
    url,
    `select (pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1)::text as id`,
  )) as { id: string }[];
  await pair.lose();
  await pair.promote();
  await reuse(pair.onStandby(url), last?.id ?? '');
  move(stage);
}

/** Meanwhile rollcall asks a standby, which knows nothing for certain. */
async function failOverLate(stage: Stage): Promise<void> {
  await stage.pair.lose();
  move(stage);
  await sleep(4_000);
  await stage.pair.promote();
}

/** Numbers are given in turn, so that all up to this one are used then. */
async function reuse(url: string, id: string): Promise<void> {
  for (let commits = 0; commits < 2_000; commits++) {
    await administer(url, 'select pg_current_xact_id()');
    // A number that was not given yet is an error.
    const rows = await administer(url, `select pg_xact_status('${id}') as status`).catch(() => []);
    if ((rows as { status: string }[])[0]?.status === 'committed') return;
  }
  throw new Error(`2,000 commits did not reach the transaction number ${id}`);
}

const alone = { synchronous: false, fails: false, hosts: 'one' } as const;
const asynchronous = { synchronous: false, fails: true, hosts: 'one', before: holdBack } as const;
const synchronous = { synchronous: true, fails: true, hosts: 'one' } as const;

export const scenes: Scene[] = [
  { ...alone, what: 'COMMIT not sent', loss: 'before', says: 'rolled back' },
  { ...alone, what: 'COMMIT answered', loss: 'after', says: 'committed' },
  {
    what: 'COMMIT waits for the standby, and is done after 3 s',
    synchronous: true,
    fails: false,
    hosts: 'one',
    loss: 'unanswered',
    says: 'committed',
    before: holdBack,
    then: async ({ pair }) => {
      await sleep(3_000);
      pair.letGo();
    },
  },
  { ...asynchronous, what: 'failover, run missing', loss: 'after', says: 'lost', then: failOver },
  {
    ...asynchronous,
    what: 'failover, run missing, its number used again',
    loss: 'after',
    says: 'lost',
    then: failOverAndGoOn,
  },
  { ...asynchronous, what: 'late failover, run missing', loss: 'after', says: 'lost', then: failOverLate },
  {
    ...asynchronous,
    what: 'failover, COMMIT not sent',
    loss: 'before',
    says: 'not committed',
    then: failOver,
  },
  {
    ...asynchronous,
    what: 'failover, COMMIT not sent, its number used again',
    loss: 'before',
    says: 'not committed',
    then: failOverAndGoOn,
  },
  {
    ...synchronous,
    what: 'failover while COMMIT waits for the standby',
    loss: 'unanswered',
    says: 'not committed',
    before: holdBack,
    then: failOver,
  },
  { ...synchronous, what: 'failover, run there', loss: 'after', says: 'committed', then: failOver },
  {
    ...synchronous,
    what: 'late failover, run there but not yet shown',
    loss: 'after',
    says: 'committed',
    before: ({ pair }) => pair.pauseReplay(),
    then: failOverLate,
  },
  {
    ...asynchronous,
    what: 'two hosts, run missing',
    hosts: 'two',
    loss: 'after',
    says: 'lost',
    then: failOverThere,
  },
  {
    ...synchronous,
    what: 'two hosts, run there',
    hosts: 'two',
    loss: 'after',
    says: 'committed',
    then: failOverThere,
  },
];

/** No address moves: rollcall has to find the other host. */
async function failOverThere({ pair }: Stage): Promise<void> {
  await pair.lose();
  await sleep(2_000);
  await pair.promote();
}
