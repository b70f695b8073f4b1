import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { administer } from './administer.ts';
import { clusterSettings, type Member } from './patroni-settings.ts';
import { exit, Workspace } from './workspace.ts';

const run = promisify(execFile);

/**
 * How long Patroni may take for anything, in milliseconds; with these settings a failover takes about 8 s. A third of it
 * is for a standby to come back: now and then, Patroni takes one for a follower that cannot follow, because it has what
 * the new leader lacks. An operator would make it anew.
 */
const patience = 120_000;

/**
 * Three nodes that agree on a leader by Raft, in a network of their own: no port and no vote of another cluster can reach
 * them. Whatever connects by TCP has to be in that network, too; the tests ask through sockets.
 */
export class Patroni {
  readonly members: readonly Member[];
  /** Put in front of a command, it runs in the network of the nodes. */
  readonly within: readonly string[];
  readonly #workspace: Workspace;
  readonly #machine: ChildProcess;
  readonly #answers: Interface;
  /** In the names of all processes of its servers. */
  readonly #scope: string;
  readonly #password: string;
  #isSynchronous = false;

  private constructor(
    workspace: Workspace,
    machine: ChildProcess,
    answers: Interface,
    scope: string,
    password: string,
    members: Member[],
  ) {
    this.#workspace = workspace;
    this.#machine = machine;
    this.#answers = answers;
    this.#scope = scope;
    this.#password = password;
    this.members = members;
    this.within = ['nsenter', `--net=/proc/${machine.pid ?? 0}/ns/net`, '--'];
  }

  /** A cluster with an empty database `archive`; asynchronous. */
  static async start(): Promise<Patroni> {
    const workspace = await Workspace.create('patroni', 'TERM');
    let machine: ChildProcess | undefined;
    try {
      const { folder, user } = workspace;
      if (user === undefined) throw new Error('only root can make the network of a cluster');
      const scope = `patroni-${randomBytes(4).toString('hex')}`;
      const password = randomBytes(16).toString('hex');
      const members = ['one', 'two', 'three'].map((name, i) => ({
        name,
        number: i + 1,
        port: 5433 + i,
        folder: join(folder, name),
      }));
      for (const member of members) {
        await mkdir(member.folder, { mode: 0o700 });
        await chown(member.folder, user.uid, user.gid);
        const file = join(folder, `${member.name}.yml`);
        await writeFile(file, stringify(clusterSettings(scope, password, member, members)), { mode: 0o600 });
        await chown(file, user.uid, user.gid);
      }
      const script = resolve('test/servers/patroni.sh');
      const started = spawn(
        'unshare',
        ['--net', '--pid', '--fork', '--kill-child', 'sh', script, folder, `${user.uid}`, `${user.gid}`],
        { cwd: '/', stdio: ['pipe', 'pipe', 'inherit'], detached: true },
      );
      machine = started;
      started.stdin.on('error', () => undefined);
      await once(started, 'spawn');
      const answers = createInterface(started.stdout);
      const cluster = new Patroni(workspace, started, answers, scope, password, members);
      for (const { name } of members) await cluster.revive(name);
      await cluster.#createArchive();
      return cluster;
    } catch (error) {
      machine?.stdin?.end();
      await workspace.remove();
      throw error;
    }
  }

  /** For what runs in the network; the hosts in the given order. */
  url(names: readonly string[], parameters = ''): string {
    const hosts = names.map((name) => `127.0.0.1:${this.#member(name).port}`);
    return `postgres://postgres:${this.#password}@${hosts.join()}/archive${parameters}`;
  }

  /** One node, from anywhere on this machine. */
  socketUrl(name: string, database = 'archive'): string {
    const { port, folder } = this.#member(name);
    return `postgres://postgres:${this.#password}@localhost:${port}/${database}?host=${encodeURIComponent(folder)}&connectionTimeoutMillis=5000`;
  }

  /** All processes of a node die at once. */
  kill(name: string): Promise<void> {
    return this.#tell(`kill ${name}`);
  }

  revive(name: string): Promise<void> {
    return this.#tell(`start ${name}`);
  }

  /** From now on, the standbys get nothing more from this leader, until it is dead. */
  async holdBack(): Promise<void> {
    const senders = await this.#processes('walsender');
    if (senders.length === 0) throw new Error('the leader sends nothing');
    for (const sender of senders) process.kill(sender, 'SIGSTOP');
  }

  async setSynchronous(isSynchronous: boolean): Promise<void> {
    if (isSynchronous === this.#isSynchronous) return;
    const modes = ['synchronous_mode', 'synchronous_mode_strict'];
    await this.control(
      'edit-config',
      '--force',
      '--quiet',
      ...modes.flatMap((m) => ['-s', `${m}=${isSynchronous}`]),
    );
    this.#isSynchronous = isSynchronous;
    await this.untilWhole();
  }

  /** Runs patronictl. */
  async control(...args: string[]): Promise<string> {
    const [command = '', ...rest] = this.within;
    const file = join(this.#workspace.folder, 'one.yml');
    const { stdout } = await run(command, [...rest, 'patronictl', '-c', file, ...args], {
      timeout: patience,
    });
    return stdout;
  }

  /** Whoever accepts writes; null while nobody does. */
  async leader(): Promise<string | null> {
    for (const { name } of this.members) {
      const rows = await administer(
        this.socketUrl(name, 'postgres'),
        'select where not pg_is_in_recovery()',
      ).catch(() => []);
      if (rows.length > 0) return name;
    }
    return null;
  }

  async untilLed(): Promise<string> {
    return this.#until('no leader', () => this.leader());
  }

  /** There is a leader, and both others have all that it has. */
  async untilWhole(): Promise<void> {
    const question = `
      select coalesce(array_agg(application_name), '{}') as ready,
        count(*) filter (where sync_state = 'sync')::int as synchronous
      from pg_stat_replication where state = 'streaming' and replay_lsn >= pg_current_wal_lsn()`;
    let renewAt = Date.now() + patience / 3;
    await this.#until('a standby is missing', async () => {
      const leader = await this.leader();
      if (leader === null) return null;
      const [found] = (await administer(this.socketUrl(leader, 'postgres'), question)) as {
        ready: string[];
        synchronous: number;
      }[];
      const missing = this.members.filter(({ name }) => name !== leader && !found?.ready.includes(name));
      const isWhole = missing.length === 0 && found?.synchronous === (this.#isSynchronous ? 1 : 0);
      if (isWhole && (await this.#hasHeir())) return leader;
      if (Date.now() > renewAt) {
        renewAt = Infinity;
        for (const { name } of missing) await this.control('reinit', this.#scope, name, '--force');
      }
      return null;
    });
  }

  /**
   * A synchronous standby is only promoted if the leader has noted it where the nodes vote, which comes up to a second
   * after it is synchronous for Postgres. If the leader dies in between, there is no other until it comes back.
   */
  async #hasHeir(): Promise<boolean> {
    if (!this.#isSynchronous) return true;
    const members = JSON.parse(await this.control('list', '--format', 'json')) as { Role: string }[];
    return members.some(({ Role }) => Role === 'Sync Standby');
  }

  /** What the nodes have logged, for a failure. */
  async logs(): Promise<string> {
    const names = this.members.map(({ name }) => join(this.#workspace.folder, `${name}.log`));
    return (
      await Promise.all(names.map(async (path) => `${path}\n${(await readFile(path, 'utf8')).slice(-3_000)}`))
    ).join('\n');
  }

  /** All nodes die, and their files go. */
  async stop(): Promise<void> {
    this.#machine.stdin?.end();
    await exit(this.#machine);
    await this.#workspace.remove();
  }

  async #tell(command: string): Promise<void> {
    const answer = once(this.#answers, 'line', { signal: AbortSignal.timeout(patience) });
    this.#machine.stdin?.write(`${command}\n`);
    const [said] = (await answer) as [string];
    if (said !== command) throw new Error(`the cluster answered ${said} to ${command}`);
  }

  /** Every node knows the database, whoever leads: a standby that does not yet answers as if nobody had it. */
  async #createArchive(): Promise<void> {
    await this.#until('a node has no database', async () => {
      await this.untilWhole();
      const leader = this.socketUrl(await this.untilLed(), 'postgres');
      const found = await administer(leader, `select from pg_database where datname = 'archive'`);
      if (found.length === 0) await administer(leader, 'create database archive');
      await Promise.all(this.members.map(({ name }) => administer(this.socketUrl(name), 'select')));
      return true;
    });
  }

  /** The ids of the processes of its servers of one kind. */
  async #processes(kind: string): Promise<number[]> {
    const title = `postgres: ${this.#scope}: ${kind} `;
    const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const titles = ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => ''));
    return (await Promise.all(titles)).flatMap((text, i) => (text.startsWith(title) ? [Number(ids[i])] : []));
  }

  async #until<T>(problem: string, look: () => Promise<T | null>): Promise<T> {
    for (const deadline = Date.now() + patience; Date.now() < deadline;) {
      const found = await look().catch(() => null);
      if (found !== null) return found;
      await sleep(100);
    }
    throw new Error(`${problem} for ${patience / 1_000} s\n${await this.logs()}`);
  }

  #member(name: string): Member {
    const member = this.members.find((one) => one.name === name);
    if (member === undefined) throw new Error(`there is no node ${name}`);
    return member;
  }
}
