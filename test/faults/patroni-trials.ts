import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { administer } from '../servers/administer.ts';
import type { Patroni } from '../servers/patroni.ts';
import { parseLines, Workplace } from '../support/cli.ts';
import { describeEnd, launch, type Ended, type Running } from '../support/launch.ts';
import { judgeFailover, type Seen } from './patroni-verdict.ts';
import { twoListings } from './people.ts';
import type { Random } from './random.ts';
import { snapshotOf, unlimitedRuns } from './stand.ts';

/** What happens to the leader while a run is under way; `absent`: the run begins when it is dead already. */
export type Blow = 'killed' | 'switched over' | 'absent';

export interface Trial {
  blow: Blow;
  /** Whether a commit waits for a standby. */
  isSynchronous: boolean;
  /** Whether the standbys get nothing of the run. */
  isHeldBack: boolean;
  /** When the blow falls: at any moment of a run, when it has begun to commit, or as soon as it has reported its end. */
  moment: 'anywhere' | 'at the commit' | 'after the report';
}

export interface Outcome {
  /** What was told, and what was there, in a few words. */
  outcome: string;
  problems: string[];
}

const size = 3_000;
/** No run may take longer, in milliseconds, whatever happens to the leader. */
const deadline = 110_000;
const sessions = [
  '',
  '?target_session_attrs=read-write',
  '?target_session_attrs=primary',
  '?connect_timeout=3',
];

/** Runs against a cluster whose leader fails, between two listings; each trial ends with a run in peace. */
export class PatroniTrials {
  readonly #cluster: Patroni;
  readonly #random: Random;
  readonly #workplace: Workplace;
  readonly #listings = twoListings(size);
  readonly #goals: [string, string] = ['', ''];
  /** How often a run in peace had to be repeated. */
  disturbedInPeace = 0;
  #turn: 0 | 1 = 0;
  /** Of a run in peace, in ms. */
  #whole = 0;

  private constructor(cluster: Patroni, workplace: Workplace, random: Random) {
    this.#cluster = cluster;
    this.#workplace = workplace;
    this.#random = random;
  }

  static async open(cluster: Patroni, workplace: Workplace, random: Random): Promise<PatroniTrials> {
    const trials = new PatroniTrials(cluster, workplace, random);
    for (const turn of [0, 1] as const) {
      trials.#turn = turn;
      await trials.#peaceful();
    }
    return trials;
  }

  async play(trial: Trial): Promise<Outcome> {
    const cluster = this.#cluster;
    await cluster.setSynchronous(trial.isSynchronous);
    await cluster.untilWhole();
    const leader = await cluster.untilLed();
    const before = await snapshotOf(cluster.socketUrl(leader));
    this.#turn = this.#turn === 0 ? 1 : 0;
    this.#configure();
    if (trial.isHeldBack) await cluster.holdBack();
    const { ended, fellAt, reading } = await this.#strike(trial, leader);
    const ledAgain = cluster.untilLed().then((name) => ({ successor: name, ledAt: Date.now() }));
    const [end, { successor, ledAt }] = await Promise.all([ended, ledAgain]);
    const now = await snapshotOf(cluster.socketUrl(successor));
    const goal = this.#goals[this.#turn];
    const seen: Seen = { before, now, goal, end, fellAt, ledAt };
    const { outcome, problems } = judgeFailover(trial, seen);
    problems.push(...(await this.#listen(successor)));
    const heard = await reading;
    if (heard !== undefined && heard.code !== 0)
      problems.push(`nobody could be listed meanwhile: ${describeEnd(heard)}`);
    if (trial.blow !== 'switched over') await cluster.revive(leader);
    await this.#peaceful().catch((error: unknown) => problems.push(String(error)));
    return { outcome, problems };
  }

  /** Makes a run and the blow meet. */
  async #strike({ blow, moment }: Trial, leader: string): Promise<Struck> {
    const start = () => {
      const running = this.#launch('sync now');
      return { running, ended: running.ended.then((end) => ({ ...end, at: Date.now() })) };
    };
    if (blow === 'absent') {
      this.#configure(['']);
      await this.#cluster.kill(leader);
      const fellAt = Date.now();
      return { ended: start().ended, fellAt, reading: this.ask('users list --format json') };
    }
    if (blow === 'switched over') {
      const done = this.#cluster.control('switchover', '--force');
      // That takes a second or two until it reaches the leader.
      await sleep(this.#random.below(3_000));
      const { ended } = start();
      await done;
      return { ended, fellAt: Date.now() };
    }
    const { running, ended } = start();
    if (moment === 'anywhere') await Promise.race([sleep(this.#random.next() * 1.1 * this.#whole), ended]);
    else if (moment === 'at the commit') await Promise.race([this.#commits(leader, running), ended]);
    else await ended;
    await this.#cluster.kill(leader);
    return { ended, fellAt: Date.now() };
  }

  /** Until a run has begun to commit, and a little more or less of it is done. */
  async #commits(leader: string, { ended }: Running): Promise<void> {
    const run = { isOver: false };
    void ended.then(() => (run.isOver = true));
    const client = new pg.Client({ connectionString: this.#cluster.socketUrl(leader) });
    client.on('error', () => undefined);
    await client.connect();
    try {
      const question = `
        select from pg_stat_activity
        where application_name like 'rollcall:%' and query ~* '^\\s*(with old as|savepoint asking|commit)'`;
      while (!run.isOver && (await client.query(question)).rows.length === 0) await sleep(1);
    } finally {
      void client.end().catch(() => undefined);
    }
    await sleep(this.#random.below(25));
  }

  /** What the commands that read say about it. */
  async #listen(leader: string): Promise<string[]> {
    const rows = await administer(
      this.#cluster.socketUrl(leader),
      'select id from rollcall.runs order by id desc',
    );
    const ids = (rows as { id: string | number }[]).map(({ id }) => Number(id));
    const [history, status] = await Promise.all([
      this.ask('history --format json --limit 10000'),
      this.ask('status --format json'),
    ]);
    const problems: string[] = [];
    const told = read(history).flatMap(({ type, run }) => (type === 'run' ? [run] : []));
    if (told.join() !== ids.join())
      problems.push(`history tells ${told.join()}, there are ${ids.join()}: ${describeEnd(history)}`);
    const { lastSuccess } = read(status).find(({ type }) => type === 'status') ?? {};
    if ((lastSuccess as { run: number } | undefined)?.run !== ids[0])
      problems.push(`the last run is ${ids[0] ?? '?'}, but: ${describeEnd(status)}`);
    return problems;
  }

  /** A run that nobody disturbs must work, and lead to the state that it always leads to. */
  async #peaceful(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.#configure();
      const ended = await this.ask('sync now');
      if (ended.code === 0) {
        this.#whole = ended.took;
        break;
      }
      // On a machine that stood still for a moment, Patroni elects another leader by itself.
      if (attempt === 3 || !/terminating connection|standby|demands|ECONN/.test(ended.stderr))
        throw new Error(`a run in peace failed: ${describeEnd(ended)}`);
      this.disturbedInPeace += 1;
      await this.#cluster.untilWhole();
    }
    const { digest } = await snapshotOf(this.#cluster.socketUrl(await this.#cluster.untilLed()));
    const goal = this.#goals[this.#turn];
    if (goal === '') this.#goals[this.#turn] = digest;
    else if (digest !== goal) throw new Error('a run in peace led to another state');
  }

  /** How a command ends that nothing happens to. */
  ask(command: string): Promise<Ended> {
    return this.#launch(command).ended;
  }

  /** The hosts come in any order. */
  #configure(session: readonly string[] = sessions): void {
    const names = this.#cluster.members.map(({ name }) => ({ name, by: this.#random.next() }));
    const order = names.sort((a, b) => a.by - b.by).map(({ name }) => name);
    this.#workplace.configure({
      directory: { file: 'listing.json' },
      database: { url: this.#cluster.url(order, this.#random.pick(session)) },
      options: { deleteUsers: true },
      limits: unlimitedRuns,
    });
    writeFileSync(join(this.#workplace.folder, 'listing.json'), this.#listings[this.#turn]);
  }

  #launch(command: string): Running {
    const { folder } = this.#workplace;
    // Other clusters have the same addresses, so the lock on this machine must be its own.
    const env = { TMPDIR: folder };
    return launch(command.split(' '), { cwd: folder, env, within: this.#cluster.within, deadline });
  }
}

interface Struck {
  ended: Promise<Stopped>;
  fellAt: number;
  /** A command that a standby can answer, while there is no leader. */
  reading?: Promise<Ended>;
}

/** How a run ended, and when. */
export type Stopped = Ended & { at: number };

const read = ({ code, stdout }: Ended) => (code === null || stdout === '' ? [] : parseLines(stdout));
