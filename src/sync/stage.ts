import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { run } from '../database/query.ts';
import type { StagedEntry } from './entries.ts';
import type { Fingerprints, Unstaged } from './fingerprints.ts';

// Measured: from 100 to 2,000 rows there is no difference; 20,000 take a third longer and twice the memory.
const batchSize = 1_000;

/**
 * The listing in the database, for one run. The tables of a run end with its transaction. They are always named with
 * their schema, because the user database may have a table of the same name.
 *
 * An entry that equals its stored user need not be staged: the row of the user stands in for it.
 */
export const stageTables = `
  create temporary table pg_temp.stage (
    number integer not null,
    scope text not null,
    user_name text,
    name_key text collate "C",
    full_name text,
    distinguished_name text,
    dn_key text collate "C",
    email_addresses text[],
    address_keys text[] collate "C",
    reason jsonb,
    is_anybodys boolean
  ) on commit drop;
  create temporary table pg_temp.repeated (
    name_key text collate "C" not null,
    first integer not null,
    differ boolean not null,
    numbers jsonb not null,
    more integer not null
  ) on commit drop;
  -- The directory users whom no unstaged entry equals. All others stand in for such an entry.
  create temporary table pg_temp.compared (user_id bigint not null) on commit drop;`;

/**
 * Stages the entries that must be, and notes the users to compare them with. One batch is sent while the next is read.
 *
 * @param fingerprints null to stage every entry
 * @param progress is called with the number of entries read so far
 */
export async function fillStage(
  db: Knex.Transaction,
  entries: AsyncIterable<StagedEntry[]>,
  fingerprints: Fingerprints | null,
  signal: AbortSignal,
  progress: (read: number) => void = () => undefined,
): Promise<void> {
  let read = 0;
  let batch: StagedEntry[] = [];
  let repeated: Unstaged[] = [];
  let underWay: Promise<unknown> = Promise.resolve();
  const send = async () => {
    const [rows, earlier] = [batch, repeated];
    [batch, repeated] = [[], []];
    await underWay;
    underWay = insert(db, rows).then(() => insertRepeated(db, earlier));
    // Awaited with the next batch; until then, a failure must not count as unhandled.
    underWay.catch(() => undefined);
  };
  const isRepeated = (earlier: Unstaged) => repeated.push(earlier);
  for await (const group of entries) {
    signal.throwIfAborted();
    for (const entry of group) {
      if (fingerprints?.mustStage(entry, isRepeated) === false) continue;
      batch.push(entry);
      if (batch.length === batchSize) await send();
    }
    read += group.length;
    progress(read);
  }
  if (batch.length > 0) await send();
  await underWay;
  await noteCompared(db, fingerprints);
}

/** Addresses contain no control characters (see `readEntry`), so a newline can separate them. */
const joined = (texts: string[]) => texts.join('\n');

async function insert(db: Knex.Transaction, batch: StagedEntry[]): Promise<void> {
  const column = (of: (entry: StagedEntry) => unknown) => batch.map(of);
  // Most keys equal their text, which is then not sent twice.
  const unless = (text: string | null, key: string | null) => (text === key ? null : key);
  const columns = [
    column(({ number }) => number),
    column(({ scope }) => scope),
    column(({ userName }) => userName),
    column(({ userName, nameKey }) => unless(userName, nameKey)),
    column(({ fullName }) => fullName),
    column(({ distinguishedName }) => distinguishedName),
    column(({ distinguishedName, dnKey }) => unless(distinguishedName, dnKey)),
    column(({ emailAddresses }) => joined(emailAddresses)),
    column(({ emailAddresses, addressKeys }) => unless(joined(emailAddresses), joined(addressKeys))),
    column((entry) => (entry.scope === 'skipped' ? JSON.stringify(entry.reason) : null)),
    column((entry) => entry.scope === 'skipped' && entry.isAnybodys),
  ];
  await db.raw(
    `insert into pg_temp.stage
     select number, scope, user_name, coalesce(name_key, user_name), full_name, distinguished_name,
            coalesce(dn_key, distinguished_name), string_to_array(addresses, E'\\n'),
            string_to_array(coalesce(address_keys, addresses), E'\\n'), reason, is_anybodys
     from unnest(?::int[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],
                 ?::jsonb[], ?::boolean[])
       as batch (number, scope, user_name, name_key, full_name, distinguished_name, dn_key, addresses, address_keys,
                 reason, is_anybodys)`,
    columns as unknown as Knex.RawBinding[],
  );
}

/** Stages entries that equal their user, and were passed by before another entry had their name. */
async function insertRepeated(db: Knex.Transaction, repeated: Unstaged[]): Promise<void> {
  if (repeated.length === 0) return;
  const staged = await run(
    db,
    `insert into pg_temp.stage
     select number, 'in', user_name, name_key, full_name, distinguished_name, dn_key, email_addresses, address_keys,
            null, false
     from unnest(?::int[], ?::bigint[], ?::text[]) as repeated (number, id, name_key) join users using (id, name_key)`,
    [
      repeated.map(({ number }) => number),
      repeated.map(({ userId }) => userId),
      repeated.map(({ nameKey }) => nameKey),
    ],
  );
  if (staged === repeated.length) return;
  throw new RollcallError(
    'failed',
    'another program changed users while the run compared them; nothing was written; run it again',
  );
}

async function noteCompared(db: Knex.Transaction, fingerprints: Fingerprints | null): Promise<void> {
  if (fingerprints === null) {
    await db.raw(
      `insert into pg_temp.compared select id from users where authentication = 'directoryServices'`,
    );
  } else {
    for (const ids of fingerprints.others(10_000)) {
      await db.raw('insert into pg_temp.compared select unnest(?::bigint[])', [
        ids,
      ] as unknown as Knex.RawBinding[]);
    }
  }
  await db.raw('analyze pg_temp.compared');
}

/**
 * Settles entries with the same name. Equal ones become one, in the spelling that comes first by code point. If any
 * differ, all are skipped, because there is no way to know which is valid. An unreadable entry counts as different.
 */
export async function settleDuplicates(db: Knex.Transaction): Promise<void> {
  await db.raw('analyze pg_temp.stage (number, scope, name_key, dn_key)');
  await db.raw(`
    insert into pg_temp.repeated
    with names as materialized (
      select name_key from pg_temp.stage where name_key is not null and scope <> 'out'
      group by name_key having count(*) > 1
    )
    select name_key,
      (array_agg(number order by user_name collate "C", distinguished_name collate "C" nulls first,
                 email_addresses collate "C", number))[1],
      bool_or(scope = 'skipped') or count(distinct (full_name, dn_key, address_keys)) > 1,
      to_jsonb((array_agg(number order by number))[1:5]), greatest(count(*) - 5, 0)
    from pg_temp.stage join names using (name_key) where scope <> 'out'
    group by name_key`);
  await db.raw(`
    update pg_temp.stage set scope = 'skipped', is_anybodys = coalesce(is_anybodys, false),
      reason = coalesce(reason, jsonb_build_object('code', 'repeated', 'numbers', numbers, 'more', more))
    from pg_temp.repeated where differ and stage.name_key = repeated.name_key and scope <> 'out'`);
  await db.raw(`
    delete from pg_temp.stage using pg_temp.repeated
    where not differ and stage.name_key = repeated.name_key and scope <> 'out' and number <> first`);
}
