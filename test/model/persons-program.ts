import { RollcallError } from '../../src/core/errors.ts';
import type { Doubt, PlanItem } from '../../src/core/plan.ts';
import type { Store } from '../../src/database/store.ts';
import { all, run } from '../../src/database/query.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { renameUser } from '../../src/accounts/change-users.ts';
import type { Directory } from '../servers/directory.ts';
import { runSync } from '../support/run.ts';
import type { Listed } from './persons-entry.ts';
import type { Ledger, Night } from './persons-ledger.ts';

/** What is in the user database after a run. */
interface Stored {
  users: { id: string; name: string }[];
  archives: { id: string; name: string; owner: string | null }[];
}

interface Settings {
  store: Store;
  directory: Directory;
  deleteUsers: boolean;
  ledger: Ledger;
}

const never = new AbortController().signal;
/** A night has so many rounds of answers; what is open then stays open until the next night. */
const rounds = 3;
const refusal = /^--(?:same|new) (\S+): /;

/** The real program, and an administrator who knows everybody and answers at once. */
export class Program {
  /** Questions that were answered, settled by hand because no answer could say it, or still open after a night. */
  readonly steps = { answered: 0, byHand: 0, open: 0 };
  /** What the program said to answers that it did not take. */
  readonly refusals: string[] = [];
  readonly #settings: Settings;
  #stored: Stored = { users: [], archives: [] };

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** One night: the run, and the runs with answers that its questions ask for. */
  async night(listed: readonly Listed[]): Promise<void> {
    const { directory, store, ledger } = this.#settings;
    directory.lists(listed.map(({ entry }) => entry));
    let { doubts, night } = await this.#run(listed, { same: [], new: [] });
    for (let round = 0; round < rounds && doubts.length > 0; round++) {
      ({ doubts, night } = await this.#answer(doubts, listed));
    }
    this.steps.open += doubts.length;
    await receiveMail(store, ledger.receive(night));
  }

  /** Answers all questions in one run; those whose answer is refused or not offered are settled by hand. */
  async #answer(doubts: Doubt[], listed: readonly Listed[]) {
    const answers = new Map<string, 'same' | 'new'>();
    const unsaid = new Set<Doubt>();
    for (const doubt of doubts) {
      const truth = this.#ask(doubt, listedAt(doubt, listed));
      if (doubt.answers.some(({ answer }) => answer === truth)) answers.set(doubt.userName, truth);
      else unsaid.add(doubt);
    }
    for (;;) {
      const told = (option: string) =>
        [...answers].filter(([, answer]) => answer === option).map(([name]) => name);
      try {
        const ended = await this.#run(listed, { same: told('same'), new: told('new') });
        this.steps.answered += answers.size;
        if (unsaid.size === 0) return ended;
        for (const doubt of unsaid) await this.#byHand(doubt, listedAt(doubt, listed));
        return await this.#run(listed, { same: [], new: [] });
      } catch (error) {
        const [, name = ''] = (error instanceof RollcallError && refusal.exec(error.message)) || [];
        if (!(error instanceof Error) || !answers.delete(name)) throw error;
        this.refusals.push(error.message);
        for (const doubt of doubts) if (doubt.userName === name) unsaid.add(doubt);
      }
    }
  }

  async #run(listed: readonly Listed[], answers: { same: string[]; new: string[] }) {
    const { store, directory, deleteUsers, ledger } = this.#settings;
    const options = { deleteUsers, renames: true, takeOver: 'agreed' as const };
    const { items, blocks } = await runSync(store, directory.url, 'now', { options, answers });
    if (blocks.length > 0) throw new Error(`blocked: ${JSON.stringify(blocks)}`);
    this.#stored = await read(store);
    const night = nightOf(this.#stored, items, listed);
    ledger.observe(night);
    return { night, doubts: items.filter((item) => item.type === 'doubt') };
  }

  /** One question for each pair, however often it is asked. Returns the truth. */
  #ask(doubt: Doubt, { person, kind }: Listed): 'same' | 'new' {
    const { ledger } = this.#settings;
    const archive = this.#stored.archives.find(({ name }) => name === doubt.archive?.name);
    const meant = archive ? [`archive ${archive.id}`] : this.#meant(doubt);
    const isSame = archive
      ? ledger.hasMailOf(archive.id, person)
      : meant.some((row) => ledger.personOf(row) === person);
    ledger.ask(`${person} = ${meant.join(' or ')}`, { kind, isSame });
    return isSame ? 'same' : 'new';
  }

  /** The rows that an entry may mean. */
  #meant = ({ mayMean }: Doubt) =>
    this.#stored.users.filter(({ name }) => mayMean.includes(name)).map(({ id }) => id);

  /** `users rename`: the name goes to the row of the person whom it means. */
  async #byHand(doubt: Doubt, { person }: Listed): Promise<void> {
    this.steps.byHand += 1;
    const meant = this.#meant(doubt).find((row) => this.#settings.ledger.personOf(row) === person);
    const theirs = this.#stored.users.find(({ id }) => id === meant);
    const holder = this.#stored.users.find(({ name }) => name === doubt.userName);
    await inTransaction(this.#settings.store, 'write', never, async (db) => {
      // Whoever has the name and is not meant gives it up, with the archive.
      if (holder && holder !== theirs) await renameUser(db, holder.name, `${holder.name}_not_${person}`);
      if (theirs) await renameUser(db, theirs.name, doubt.userName);
      return { commit: true, value: undefined };
    });
  }
}

function listedAt({ entry, userName }: Doubt, listed: readonly Listed[]): Listed {
  const one = listed[entry - 1];
  if (one?.entry.userName !== userName) throw new Error(`${userName} is in doubt and not listed there`);
  return one;
}

async function receiveMail(store: Store, archives: readonly string[]): Promise<void> {
  await inTransaction(store, 'write', never, async (db) => {
    await db.raw(`insert into messages (digest, raw) values (sha256('mail'), 'mail') on conflict do nothing`);
    await run(
      db,
      'insert into archive_messages select archive, id from messages, unnest(?::bigint[]) as archive',
      [archives],
    );
    return { commit: true, value: undefined };
  });
}

async function read(store: Store): Promise<Stored> {
  return inTransaction(store, 'write', never, async (db) => ({
    commit: false,
    value: {
      users: await all<Stored['users'][number]>(db, 'select id::text, user_name as name from users'),
      archives: await all<Stored['archives'][number]>(
        db,
        'select id::text, name, owner_id::text as owner from archives',
      ),
    },
  }));
}

/** An entry that is neither in doubt nor kept from its name is carried by the row of that name. */
function nightOf({ users, archives }: Stored, items: PlanItem[], listed: readonly Listed[]): Night {
  const rows = new Map(users.map(({ id, name }) => [name, id]));
  const elsewhere = new Map<number, string | null>();
  for (const item of items) {
    if (item.type === 'doubt') elsewhere.set(item.entry, null);
    if (item.type === 'skipped') throw new Error(`skipped: ${JSON.stringify(item)}`);
    if (item.type === 'notice' && item.entry !== null) elsewhere.set(item.entry, item.userName);
  }
  const carried = new Map<string, Listed>();
  listed.forEach((one, i) => {
    const name = elsewhere.get(i + 1);
    // Kept under another name; a newcomer who is not created is carried by nobody.
    const row = rows.get(
      name === undefined ? one.entry.userName : name === one.entry.userName ? '' : (name ?? ''),
    );
    if (row !== undefined) carried.set(row, one);
  });
  const owners = archives.flatMap(({ id, owner }) => (owner === null ? [] : [[id, owner] as const]));
  return { carried, owners: new Map(owners) };
}
