import { createDatabase } from '../servers/administer.ts';
import { Pair } from '../servers/standby.ts';
import { describeEnd, saidOneLine, type Ended } from '../support/launch.ts';
import { scenes, type Scene, type Stage } from './failover-scenes.ts';
import type { Context, Fault, Result } from './fault.ts';
import { twoListings } from './people.ts';
import { CommitProxy } from './proxy.ts';
import { snapshotOf, Stand } from './stand.ts';

const [before, after] = twoListings(50);

/** One at a time, because they share the servers. */
export const failover: Fault = {
  promise: 'All or nothing, and what a failover took is told',
  figure:
    'the connection lost at COMMIT, and a standby promoted that has the run or lacks it; runs while there is only a standby',
  run: async (context) => {
    const pair = await Pair.start();
    try {
      return await playAll(context, pair);
    } finally {
      await pair.stop();
    }
  },
};

async function playAll(context: Context, pair: Pair): Promise<Result> {
  const { url } = await createDatabase(pair.primary);
  const proxy = await CommitProxy.start(url);
  const stand = await Stand.at(url, (direct) => proxy.relay.through(direct));
  const stage = { pair, proxy, url };
  const violations: string[] = [];
  const seen = new Map<string, number>();
  let done = 0;
  const note = (what: string, outcome: string, problems: string[]) => {
    done += 1;
    violations.push(...problems.map((problem) => `${what}: ${problem}`));
    seen.set(`${what}: ${outcome}`, (seen.get(`${what}: ${outcome}`) ?? 0) + 1);
  };
  try {
    await peaceful(stand, before);
    await pair.keep();
    await pair.renew(false);
    await peaceful(stand, after);
    const goal = (await snapshotOf(url)).digest;
    for (const scene of scenes) {
      for (let i = context.times(2); i > 0; i--) {
        const { outcome, problems } = await play(stand, stage, scene, goal);
        note(scene.what, outcome, problems);
      }
      context.tell(`${scene.what}: ${done} done, ${violations.length} violations`);
    }
    for (const hosts of ['one', 'two'] as const) {
      for (const command of ['sync test', 'sync now']) {
        const { outcome, problems } = await refuse(stand, stage, hosts, command);
        note(`only a standby, ${hosts} in the URL, ${command}`, outcome, problems);
      }
    }
  } finally {
    await proxy.relay.stop();
    await stand.close();
  }
  return { done, violations, detail: [...seen].map(([what, times]) => `${what} ${times}`).join('; ') };
}

interface Played {
  outcome: string;
  problems: string[];
}

/** One run, what it said of itself, and what is in the database that answers in the end. */
async function play(stand: Stand, stage: Stage, scene: Scene, goal: string): Promise<Played> {
  const { pair, proxy, url } = stage;
  await begin(stand, stage, scene.synchronous, scene.hosts);
  const bare = await snapshotOf(url);
  await scene.before?.(stage);
  stand.lists(after);
  const lost = proxy.lose(scene.loss, scene.fails ? 'silence' : 'open');
  const running = stand.launch('sync now');
  const came = await Promise.race([lost.then(() => true), running.ended.then(() => false)]);
  if (!came) return { outcome: 'no COMMIT', problems: [`no COMMIT: ${describeEnd(await running.ended)}`] };
  await scene.then?.(stage);
  const ended = await running.ended;

  const answering = scene.fails ? pair.onStandby(url) : url;
  const now = await snapshotOf(answering);
  const there = now.digest === goal && now.runs === bare.runs + 1;
  const problems = judge(scene, ended);
  if (!there && (now.digest !== bare.digest || now.runs !== bare.runs))
    problems.push('neither all nor nothing');
  if (there !== (scene.says === 'committed')) problems.push('the database itself did otherwise');
  stand.configure();
  proxy.relay.aim(answering);
  proxy.rest();
  await peaceful(stand, after);
  if ((await snapshotOf(answering)).digest !== goal) problems.push('the next run led to another state');
  return { outcome: `${there ? 'there' : 'not there'}, exit ${ended.code ?? '?'}`, problems };
}

function judge({ says }: Scene, ended: Ended): string[] {
  const { code, stdout, stderr, took } = ended;
  const saysCommitted = code === 0 && stdout.includes('Committed as run');
  const wrong = (what: string) => [`${what}: ${describeEnd(ended)}`];
  if (took > 60_000) return wrong(`it took ${took} ms`);
  if (says === 'committed') return saysCommitted ? [] : wrong('it was committed, but');
  if (code !== 1 || saysCommitted) return wrong('it was not committed, but');
  if (!/^[^\n]+\n$/.test(stderr)) return wrong('not one line');
  if (stderr.includes('a bug in rollcall')) return wrong('called a bug');
  if (stderr.includes('cannot be asked')) return wrong('a server answered, but');
  if (says === 'lost' && !/failover/i.test(stderr)) return wrong('no word of the failover');
  if (says === 'rolled back' && /failover/i.test(stderr)) return wrong('there was no failover');
  return [];
}

/** The primary is gone and nobody promotes the standby: a run is refused, and does not wait for ever. */
async function refuse(stand: Stand, stage: Stage, hosts: Scene['hosts'], command: string): Promise<Played> {
  const { pair, proxy, url } = stage;
  await begin(stand, stage, false, hosts);
  await pair.lose();
  if (hosts === 'one') proxy.relay.aim(pair.onStandby(url));
  const ended = await stand.launch(command).ended;
  const problems: string[] = [];
  if (ended.code !== 1 || !saidOneLine(ended) || !/standby|read-only/i.test(ended.stderr))
    problems.push(describeEnd(ended));
  if (ended.took > 40_000) problems.push(`it took ${ended.took} ms`);
  return { outcome: `exit ${ended.code ?? '?'}`, problems };
}

async function begin(
  stand: Stand,
  { pair, proxy, url }: Stage,
  synchronous: boolean,
  hosts: Scene['hosts'],
): Promise<void> {
  await pair.renew(synchronous);
  proxy.relay.aim(url);
  proxy.rest();
  if (hosts === 'one') stand.configure();
  else stand.configure({ database: { url: bothHosts(pair, proxy, url) } });
}

/** The primary is reached through the proxy. `URL` knows only one host. */
function bothHosts(pair: Pair, proxy: CommitProxy, url: string): string {
  const { username, password, pathname } = new URL(url);
  const { port } = new URL(pair.onStandby(url));
  return `postgres://${username}:${password}@127.0.0.1:${proxy.relay.port},127.0.0.1:${port}${pathname}`;
}

async function peaceful(stand: Stand, listing: string): Promise<void> {
  stand.lists(listing);
  const ended = await stand.launch('sync now').ended;
  if (ended.code !== 0) throw new Error(`a run in peace failed: ${describeEnd(ended)}`);
}
