import type { Knex } from 'knex';
import { isSkipped, type Entry, type SkippedEntry } from '../core/entry.ts';

// Measured: between 100 and 2,000 rows make no difference, 20,000 cost a third more and twice the memory.
const batchSize = 1_000;

/**
 * The tables of one run, which end with its transaction (and are always named with their schema, because a table of
 * the same name may stand in the user database): the listed entries that are in scope or could not be read;
 * the names that were listed more than once; who is not the same on both sides; the DNs by which renames are found;
 * the plan; and the privileges of a new user.
 */
export async function createRunTables(db: Knex.Transaction, privileges: string[]): Promise<void> {
  await db.raw(`
    create temporary table pg_temp.stage (
      number integer not null,
      user_name text,
      name_key text collate "C",
      full_name text,
      distinguished_name text,
      email_addresses text[],
      address_keys text[] collate "C",
      reason text
    ) on commit drop;
    create temporary table pg_temp.repeated (
      name_key text collate "C" not null,
      first integer not null,
      differ boolean not null,
      numbers text not null
    ) on commit drop;
    create temporary table pg_temp.difference (
      kind text not null,
      name_key text collate "C" not null,
      entry integer,
      user_id bigint,
      distinguished_name text,
      is_admin boolean
    ) on commit drop;
    create temporary table pg_temp.known_dn (
      kind text not null,
      entry integer,
      user_id bigint,
      dn_key text collate "C" not null
    ) on commit drop;
    create temporary table pg_temp.plan (
      position integer not null,
      action text not null,
      entry integer,
      user_id bigint,
      archive_id bigint,
      note jsonb,
      message text
    ) on commit drop;
    create temporary table pg_temp.setting (privileges text[] not null) on commit drop`);
  await db.raw('insert into pg_temp.setting values (?)', [privileges] as Knex.RawBinding[]);
}

/**
 * Fills the stage, one batch on its way while the next is read.
 *
 * @param progress is told how many entries are staged, the skipped ones among them
 */
export async function fillStage(
  db: Knex.Transaction,
  entries: AsyncIterable<(Entry | SkippedEntry)[]>,
  signal: AbortSignal,
  progress: (staged: number) => void = () => undefined,
): Promise<void> {
  let staged = 0;
  let batch: (Entry | SkippedEntry)[] = [];
  let underWay: Promise<unknown> = Promise.resolve();
  const send = async () => {
    staged += batch.length;
    const previous = underWay;
    const rows = batch;
    batch = [];
    await previous;
    signal.throwIfAborted();
    progress(staged);
    underWay = insert(db, rows);
    // Awaited with the next batch; until then a failure must not count as unhandled.
    underWay.catch(() => undefined);
  };
  for await (const group of entries) {
    for (const entry of group) {
      batch.push(entry);
      if (batch.length === batchSize) await send();
    }
  }
  if (batch.length > 0) await send();
  await underWay;
  progress(staged);
}

/** Addresses hold no control character (see `readEntry`), so a line feed can stand between them. */
const joined = (texts: string[]) => texts.join('\n');

async function insert(db: Knex.Transaction, batch: (Entry | SkippedEntry)[]): Promise<void> {
  const column = (of: (entry: Entry) => string | null) =>
    batch.map((entry) => (isSkipped(entry) ? null : of(entry)));
  // Most keys are the text itself; those are not sent twice.
  const unless = (text: string, key: string) => (text === key ? null : key);
  const columns = [
    batch.map(({ number }) => number),
    batch.map(({ userName }) => userName),
    batch.map(({ userName, nameKey }) => nameKey && unless(userName ?? '', nameKey)),
    column(({ fullName }) => fullName),
    batch.map(({ distinguishedName }) => distinguishedName),
    column(({ emailAddresses }) => joined(emailAddresses)),
    column(({ emailAddresses, addressKeys }) => unless(joined(emailAddresses), joined(addressKeys))),
    batch.map((entry) => (isSkipped(entry) ? entry.reason : null)),
  ];
  await db.raw(
    `insert into pg_temp.stage
     select number, user_name, coalesce(name_key, user_name), full_name, distinguished_name,
            string_to_array(addresses, E'\\n'), string_to_array(coalesce(address_keys, addresses), E'\\n'), reason
     from unnest(?::int[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
       as batch (number, user_name, name_key, full_name, distinguished_name, addresses, address_keys, reason)`,
    columns as unknown as Knex.RawBinding[],
  );
}

/**
 * Settles entries of the same name: those that are the same become one, those that differ are all skipped, because
 * nobody can tell which is right. An unreadable entry makes the name as doubtful as one that differs.
 */
export async function settleDuplicates(db: Knex.Transaction): Promise<void> {
  await db.raw('analyze pg_temp.stage (number, name_key, reason)');
  await db.raw(`
    insert into pg_temp.repeated
    with names as materialized (select name_key from pg_temp.stage where name_key is not null group by name_key having count(*) > 1)
    select name_key, min(number) as first,
           bool_or(reason is not null) or count(distinct (full_name, distinguished_name, address_keys)) > 1 as differ,
           array_to_string((array_agg(number order by number))[1:5], ', ')
             || case when count(*) > 5 then ' and ' || count(*) - 5 || ' more' else '' end as numbers
    from pg_temp.stage join names using (name_key)
    group by name_key`);
  await db.raw(`
    update pg_temp.stage set reason = coalesce(reason, 'entries ' || numbers || ' have the same name and differ')
    from pg_temp.repeated where differ and stage.name_key = repeated.name_key`);
  await db.raw(`
    delete from pg_temp.stage using pg_temp.repeated
    where not differ and stage.name_key = repeated.name_key and number > first`);
}
