import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { administer } from '../servers/administer.ts';
import { describeEnd, type Running } from '../support/launch.ts';
import type { Context } from './fault.ts';
import { mbox, smallMessages } from './mail.ts';
import { twoListings } from './people.ts';
import { Stand } from './stand.ts';

/** So many that a run can be met while it writes. */
const listings = twoListings(2_000);

/** A role of its own on the server of a stand, and what it does there. */
export class Hog {
  readonly stand: Stand;
  readonly role: string;
  readonly #server: string;
  readonly #clients: pg.Client[] = [];
  readonly #password = randomUUID();
  #turn = 0;

  private constructor(stand: Stand, server: string) {
    this.stand = stand;
    this.#server = server;
    this.role = `hog_${randomUUID().replaceAll('-', '')}`;
  }

  static async open(context: Context): Promise<Hog> {
    const hog = new Hog(await Stand.open('postgres', context.postgres.url), context.postgres.url);
    await administer(hog.#server, `create role ${hog.role} login password '${hog.#password}'`);
    await hog.run();
    return hog;
  }

  get database(): string {
    return this.stand.url ?? '';
  }

  /** A connection of the role, which calls itself a run. */
  async connect(): Promise<pg.Client> {
    const url = new URL(this.database);
    url.username = this.role;
    url.password = this.#password;
    const client = new pg.Client({
      connectionString: url.href,
      application_name: 'rollcall: process 4711 on db1, 2026-01-01T00:00:00Z',
    });
    client.on('error', () => undefined);
    await client.connect();
    this.#clients.push(client);
    return client;
  }

  start(): Running {
    this.stand.lists(listings[this.#turn === 0 ? 0 : 1]);
    this.#turn = 1 - this.#turn;
    return this.stand.launch('sync now');
  }

  /** A run in peace. */
  async run(): Promise<void> {
    const end = await this.start().ended;
    if (end.code !== 0) throw new Error(`a run in peace failed: ${describeEnd(end)}`);
  }

  /** Everything that writes, one after the other; what was kept out. */
  async tryAll(): Promise<string[]> {
    writeFileSync(join(this.stand.folder, 'mail.mbox'), mbox(smallMessages(30, 20)));
    const problems: string[] = [];
    const expect = async (what: string, { ended }: Running) => {
      const end = await ended;
      if (end.code !== 0) problems.push(`${what}: ${describeEnd(end)}`);
    };
    await expect('sync now', this.start());
    await expect('archives import', this.stand.launch('archives import mail.mbox'));
    const add = this.stand.launch('users add root --password-stdin', { stdin: 'correct horse\n' });
    await expect('users add', add);
    return problems;
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end().catch(() => undefined)));
    await this.stand.close();
    await administer(this.#server, `drop role ${this.role}`);
  }
}
