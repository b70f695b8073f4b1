import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { Entry } from '../core/entry.ts';
import { Lookup3 } from '../core/lookup3.ts';
import { readCursor } from '../database/cursor.ts';
import { one } from '../database/query.ts';
import type { StagedEntry } from './entries.ts';

/** What is kept of a user, in words of 32 bits: its id, the hashes of its name and of its members, and its entry. */
const width = 7;
const [nameAt, membersAt, entryAt] = [2, 4, 6];
/** What the server sends of it: all but the entry. */
const sentBytes = 24;

/** The entry of a user: a position in the listing, or one of these. */
const none = 0;
const inStage = -1;

/** A row of the cursor is what 64 pages hold, some 1,000 users. */
const rowsAtOnce = 16;

/** An entry that was not staged, and turned out to need it. It equals this user. */
export interface Unstaged {
  number: number;
  nameKey: string;
  userId: string;
}

/**
 * Fingerprints of the stored directory users: they tell which entries need not be staged, because they equal their user
 * in every member that is compared. In most runs, that is nearly all of them.
 *
 * They only tell what need not be looked at. An entry of another user with the same two hashes of 64 bits would be
 * overlooked in this run; the next one has another seed. What is staged is compared by Postgres.
 *
 * The name is part of the hash of the members as it is spelled, so that the row of the user can stand in for the entry.
 */
export class Fingerprints {
  readonly #hash: Lookup3;
  #size = 0;
  #words = new Int32Array(width * 1_024);
  /** By the hash of the name: the user, plus 1. At most half of it is used. */
  #index = new Int32Array(2_048);
  /** The number of entries that are not staged. */
  unstaged = 0;

  /** Every transaction before this one (an xid) had ended when they were read. */
  #horizon = '';

  private constructor(seed: bigint) {
    this.#hash = new Lookup3(seed);
  }

  /**
   * Reads the fingerprints of all directory users, as the rows are now: changes by hand count.
   *
   * @returns null when the server computes them differently; then every entry must be staged
   */
  static async read(db: Knex.Transaction, signal: AbortSignal): Promise<Fingerprints | null> {
    // Never 0, which Postgres does not mix in.
    const seed = randomBytes(8).readBigInt64BE() | 1n;
    const fingerprints = new Fingerprints(seed);
    const { agrees, horizon } = await one<{ agrees: boolean; horizon: string }>(
      db,
      `select current_setting('server_encoding') = 'UTF8'
         and ${hashOf(`'${sample}'`, seed)} = '${fingerprints.#sign(sample)}' as agrees,
         pg_snapshot_xmin(pg_current_snapshot())::xid::text as horizon`,
    );
    if (!agrees) return null;
    fingerprints.#horizon = horizon;
    for await (const rows of readCursor<{ users: Buffer | null }>(db, query(seed), rowsAtOnce)) {
      signal.throwIfAborted();
      for (const { users } of rows) if (users !== null) fingerprints.#add(users);
    }
    return fingerprints;
  }

  /**
   * Whether nobody has changed a user since, in another transaction. Every row then is from before the horizon, and was
   * read, unless there are fewer now. The age of a row that was frozen long ago can be wrong: it is too low, which only
   * means that they are read again.
   */
  async areCurrent(db: Knex.Transaction): Promise<boolean> {
    const { current } = await one<{ current: boolean }>(
      db,
      `select count(*) = ${this.#size}
         and count(*) filter (where age(xmin) <= (select age('${this.#horizon}'::xid))) = 0 as current
       from users where authentication = 'directoryServices'`,
    );
    return current;
  }

  /**
   * Takes the next entry of the listing.
   *
   * @param repeated receives an earlier entry of the same name that was not staged, but must be now
   * @returns whether the entry must be staged
   */
  mustStage(entry: StagedEntry, repeated: (earlier: Unstaged) => void): boolean {
    if (entry.nameKey === null || entry.scope === 'out') return true;
    this.#hash.hash(entry.nameKey);
    const user = this.#find();
    if (user === null) return true;
    const earlier = this.#entryOf(user);
    if (earlier === none && entry.scope === 'in' && this.#equals(user, entry)) {
      this.#note(user, entry.number);
      this.unstaged += 1;
      return false;
    }
    if (earlier > none) {
      this.unstaged -= 1;
      repeated({ number: earlier, nameKey: entry.nameKey, userId: this.#idOf(user) });
    }
    this.#note(user, inStage);
    return true;
  }

  /** The ids of the users whom no entry equals that is not staged, in batches. */
  *others(batchSize: number): Generator<string[]> {
    let batch: string[] = [];
    for (let user = 0; user < this.#size; user++) {
      if (this.#entryOf(user) > none) continue;
      batch.push(this.#idOf(user));
      if (batch.length < batchSize) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  #add(users: Buffer): void {
    const size = this.#size + users.length / sentBytes;
    while (size * width > this.#words.length) this.#grow();
    for (let at = 0; at < users.length; at += sentBytes) {
      const place = this.#size * width;
      for (let i = 0; i < entryAt; i++) this.#words[place + i] = users.readInt32BE(at + 4 * i);
      this.#enter(this.#size++);
    }
  }

  #grow(): void {
    const words = new Int32Array(2 * this.#words.length);
    words.set(this.#words);
    this.#words = words;
    this.#index = new Int32Array(2 * this.#index.length);
    for (let user = 0; user < this.#size; user++) this.#enter(user);
  }

  #enter(user: number): void {
    this.#hash.high = this.#word(user * width + nameAt);
    this.#hash.low = this.#word(user * width + nameAt + 1);
    const slot = this.#slot();
    const other = this.#index[slot] as number;
    if (other === 0) this.#index[slot] = user + 1;
    // Two users whose names have the same hash: nothing is known about either.
    else for (const each of [user, other - 1]) this.#note(each, inStage);
  }

  /** The user whose name has the current hash. */
  #find(): number | null {
    const user = this.#index[this.#slot()] as number;
    return user === 0 ? null : user - 1;
  }

  /** Where in the index that user is, or would be. */
  #slot(): number {
    const index = this.#index;
    const mask = index.length - 1;
    for (let slot = this.#hash.low & mask; ; slot = (slot + 1) & mask) {
      const user = index[slot] as number;
      if (user === 0 || this.#has((user - 1) * width + nameAt)) return slot;
    }
  }

  #equals(user: number, entry: Entry): boolean {
    const text = membersOf(entry);
    if (text === null) return false;
    this.#hash.hash(text);
    return this.#has(user * width + membersAt);
  }

  /** Whether the current hash is at this place. */
  #has(place: number): boolean {
    return this.#word(place + 1) === this.#hash.low && this.#word(place) === this.#hash.high;
  }

  #word(place: number): number {
    return this.#words[place] as number;
  }

  #entryOf(user: number): number {
    return this.#word(user * width + entryAt);
  }

  #note(user: number, entry: number): void {
    this.#words[user * width + entryAt] = entry;
  }

  #idOf(user: number): string {
    return String(joined(this.#word(user * width), this.#word(user * width + 1)));
  }

  #sign(text: string): bigint {
    this.#hash.hash(text);
    return joined(this.#hash.high, this.#hash.low);
  }
}

const joined = (high: number, low: number) => (BigInt(high) << 32n) | BigInt(low >>> 0);

/** Two steps of the hash, and a rest that reaches the last of its words. */
const sample = 'rollcall compares the fingerprints';

const hashOf = (text: string, seed: bigint) => `hashtextextended((${text}) collate "C", '${seed}')`;

/**
 * What is compared of an entry, in one text. The bounds of the addresses come first and no part has a line feed, so that
 * only equal members have equal texts.
 *
 * @returns null for an entry with a line feed in one of them, which must be staged
 */
function membersOf({ userName, fullName, dnKey, addressKeys }: Entry): string | null {
  const name = fullName === null ? '' : `=${fullName}`;
  const dn = dnKey === null ? '' : `=${dnKey}`;
  if (userName.includes('\n') || name.includes('\n') || dn.includes('\n')) return null;
  const bounds = addressKeys.length === 0 ? '' : `[1:${addressKeys.length}]`;
  return `${bounds}\n${userName}\n${name}\n${dn}\n${addressKeys.join('\n')}`;
}

/** The same of a row of `users`. */
const members = `concat(array_dims(address_keys), E'\\n', user_name, E'\\n', '=' || full_name, E'\\n', '=' || dn_key,
  E'\\n', array_to_string(address_keys, E'\\n', E'\\n'))`;

/**
 * The pages of the table one range after the other: no sort, and nothing that grows with the table. The last range has
 * no end, so that every row is in one.
 */
const query = (seed: bigint) => `
  select (
    select string_agg(int8send(id) || int8send(${hashOf('name_key', seed)}) || int8send(${hashOf(members, seed)}), '')
    from users
    where ctid >= format('(%s,0)', first)::tid and ctid < format('(%s,0)', next)::tid
      and authentication = 'directoryServices'
  ) as users
  from (
    select first, lead(first, 1, 4294967294) over (order by first) as next
    from generate_series(0, pg_relation_size('users') / 8192, 64) as first
  ) pages`;
