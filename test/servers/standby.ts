import { execFile } from 'node:child_process';
import { chown, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { administer } from './administer.ts';
import { startPostgres, type Postgres } from './postgres.ts';
import { Relay } from './relay.ts';

const run = promisify(execFile);

/** A primary and its standby. Every round begins with two copies of the same files, so that one failover is enough. */
export class Pair {
  readonly #primary: Postgres;
  readonly #standby: Postgres;
  /** What the standby receives the changes through: cut, it stays behind. */
  readonly #link: Relay;
  readonly #kept: string;

  private constructor(primary: Postgres, standby: Postgres, link: Relay) {
    this.#primary = primary;
    this.#standby = standby;
    this.#link = link;
    this.#kept = join(dirname(primary.data), 'kept');
  }

  /** Only the primary has something in it, until `keep` and `renew`. */
  static async start(): Promise<Pair> {
    const started: Postgres[] = [];
    try {
      const primary = await startPostgres();
      started.push(primary);
      const standby = await startPostgres();
      started.push(standby);
      return new Pair(primary, standby, await Relay.start(primary.url));
    } catch (error) {
      await Promise.all(started.map((server) => server.stop()));
      throw error;
    }
  }

  get primary(): string {
    return this.#primary.url;
  }

  /** It has the passwords of the primary. */
  onStandby(url: string): string {
    const there = new URL(url);
    there.port = String(this.#standby.port);
    return there.href;
  }

  /** Every round begins with what the primary holds now. */
  async keep(): Promise<void> {
    await this.#primary.down();
    await run('cp', ['-a', this.#primary.data, this.#kept]);
  }

  /**
   * Begins a round: both run, and the standby has all that the primary has.
   *
   * @param synchronous whether a commit waits until the standby has it, too, on its disk
   */
  async renew(synchronous: boolean): Promise<void> {
    this.#link.open();
    await Promise.all([this.#primary, this.#standby].map((server) => this.#restore(server)));
    const { username, password } = new URL(this.primary);
    const signal = join(this.#standby.data, 'standby.signal');
    const { uid, gid } = await stat(this.#standby.data);
    await writeFile(signal, '');
    await chown(signal, uid, gid);
    await Promise.all([
      this.#primary.restart(synchronous ? { synchronous_standby_names: '*' } : {}),
      this.#standby.restart({
        primary_conninfo: `host=127.0.0.1 port=${this.#link.port} user=${username} password=${password}`,
        wal_retrieve_retry_interval: '100ms',
      }),
    ]);
    await this.#until(
      `select exists (select from pg_stat_replication
                      where state = 'streaming' and replay_lsn >= pg_current_wal_lsn()
                        and sync_state = '${synchronous ? 'sync' : 'async'}') as done`,
    );
  }

  /** From now on the standby gets nothing more. */
  holdBack(): void {
    this.#link.shut();
    this.#link.cut();
  }

  /** It gets everything again. */
  letGo(): void {
    this.#link.open();
  }

  /** The standby still receives everything, but shows nothing of it until it is promoted. */
  async pauseReplay(): Promise<void> {
    await administer(this.onStandby(this.primary), 'select pg_wal_replay_pause()');
  }

  /** The primary dies as in a crash. */
  async lose(): Promise<void> {
    this.#primary.kill();
    await this.#primary.down();
  }

  /** The standby becomes the server that answers. */
  async promote(): Promise<void> {
    await administer(this.onStandby(this.primary), 'select pg_promote(true, 30)');
  }

  async stop(): Promise<void> {
    await this.#link.stop();
    await Promise.all([this.#primary.stop(), this.#standby.stop()]);
  }

  async #restore(server: Postgres): Promise<void> {
    server.kill();
    await server.down();
    await rm(server.data, { recursive: true });
    await run('cp', ['-a', this.#kept, server.data]);
  }

  async #until(question: string): Promise<void> {
    for (const deadline = Date.now() + 20_000; Date.now() < deadline;) {
      const [row] = (await administer(this.primary, question)) as { done: boolean }[];
      if (row?.done) return;
      await sleep(20);
    }
    throw new Error('the standby did not catch up within 20 s');
  }
}
