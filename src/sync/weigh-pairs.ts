import type { Knex } from 'knex';
import { agrees, contradicts, isDoubtfulByDn, repeatsUserName, weigh } from '../core/identity.ts';
import { readCursor } from '../database/cursor.ts';
import { one } from '../database/query.ts';

/** The evidence for each pair, as core/identity.ts weighs it. `other` is a stored user or an archive. */
export const evidenceTables = `
  create temporary table pg_temp.evidence (
    number integer not null,
    kind text not null,
    other bigint not null,
    -- That the two agree, that they differ, or null for nothing.
    dn boolean,
    full_name boolean,
    addresses boolean,
    agrees boolean not null,
    contradicts boolean not null,
    is_doubtful_by_dn boolean not null,
    -- The DN of the other says no more than their name, and that is the name of both.
    repeats_name boolean not null,
    repeats_common_name boolean not null
  ) on commit drop;
  create temporary table pg_temp.ambiguous (address_key text collate "C" not null) on commit drop;`;

interface Pair {
  number: number;
  other: string;
  name_key: string;
  full_name: string | null;
  distinguished_name: string | null;
  address_keys: string[];
  other_name_key: string;
  other_full_name: string | null;
  other_distinguished_name: string | null;
  other_address_keys: string[];
  was_gone: boolean;
  ambiguous: string[];
}

/**
 * Compares entries with the stored users or archives that they may mean.
 *
 * @param pairs a query that returns `number` and `other`, each pair once
 * @param isShown whether the evidence will be shown. If not, it is only right in what it comes to: addresses that other
 *   entries have, too, are looked for only if that could matter.
 */
export async function weighPairs(
  db: Knex.Transaction,
  kind: 'user' | 'archive',
  pairs: string,
  isShown: boolean,
): Promise<void> {
  const { some } = await one<{ some: boolean }>(db, `select exists (${pairs}) as some`);
  if (!some) return;
  const others = {
    user: `select id, name_key, full_name, distinguished_name, address_keys, gone_since is not null as was_gone from users`,
    archive: `select id, name_key, last_owner ->> 'fullName' as full_name,
      last_owner ->> 'distinguishedName' as distinguished_name,
      array(select jsonb_array_elements_text(last_owner -> 'addressKeys')) as address_keys, false as was_gone
      from archives`,
  };
  const weighed = `(${pairs}) pair
    join pg_temp.stage e on e.number = pair.number join (${others[kind]}) other on other.id = pair.other`;
  const query = `
    select pair.number, pair.other::text, e.name_key, e.full_name, e.distinguished_name, e.address_keys,
      other.name_key as other_name_key, other.full_name as other_full_name,
      other.distinguished_name as other_distinguished_name, other.address_keys as other_address_keys, was_gone,
      array(select address_key from pg_temp.ambiguous where address_key = any (e.address_keys)) as ambiguous
    from ${weighed}`;
  await db.raw('delete from pg_temp.ambiguous');
  if (isShown || (await couldMatter(db, query))) await findAmbiguous(db, weighed);
  for await (const rows of readCursor<Pair>(db, query)) await insertEvidence(db, kind, rows);
}

/** Whether it could change who is who that other entries have the same addresses. */
async function couldMatter(db: Knex.Transaction, query: string): Promise<boolean> {
  for await (const rows of readCursor<Pair>(db, query)) {
    for (const row of rows) {
      const [alone, shared] = [[], row.address_keys].map((ambiguous) =>
        outcomeOf(judge({ ...row, ambiguous })),
      );
      if (alone !== shared) return true;
    }
  }
  return false;
}

const outcomeOf = ({ evidence, wasGone }: Verdict) =>
  `${contradicts(evidence)} ${isDoubtfulByDn(evidence, wasGone)}`;

/** Reads the addresses of the whole listing. */
async function findAmbiguous(db: Knex.Transaction, weighed: string): Promise<void> {
  await db.raw(`
    insert into pg_temp.ambiguous
    with shared as materialized (
      select distinct address_key from ${weighed}, unnest(e.address_keys) as address_key
      where address_key = any (other.address_keys)
    )
    -- In the select list, where unnest costs half as much as in a join.
    select address_key from (
      select unnest(address_keys) as address_key from pg_temp.stage
      union all
      select unnest(address_keys) from users
      where authentication = 'directoryServices'
        and not exists (select from pg_temp.compared where compared.user_id = users.id)
    ) listed
    where address_key in (select address_key from shared) group by address_key having count(*) > 1`);
}

async function insertEvidence(db: Knex.Transaction, kind: string, rows: Pair[]): Promise<void> {
  const verdicts = rows.map(judge);
  const column = (of: (verdict: Verdict) => unknown) => verdicts.map(of);
  await db.raw(
    `insert into pg_temp.evidence
       select number, '${kind}', other, dn, full_name, addresses, agrees, contradicts, doubtful, repeats, repeats_common
       from unnest(?::int[], ?::bigint[], ?::boolean[], ?::boolean[], ?::boolean[], ?::boolean[], ?::boolean[],
                   ?::boolean[], ?::boolean[], ?::boolean[])
         as verdict (number, other, dn, full_name, addresses, agrees, contradicts, doubtful, repeats, repeats_common)`,
    [
      rows.map(({ number }) => number),
      rows.map(({ other }) => other),
      column(({ evidence }) => evidence.distinguishedName),
      column(({ evidence }) => evidence.fullName),
      column(({ evidence }) => evidence.emailAddresses),
      column(({ evidence }) => agrees(evidence)),
      column(({ evidence }) => contradicts(evidence)),
      column(({ evidence, wasGone }) => isDoubtfulByDn(evidence, wasGone)),
      column(({ repeatsName }) => repeatsName),
      column(({ repeatsName, sameName }) => repeatsName && sameName),
    ] as unknown as Knex.RawBinding[],
  );
}

type Verdict = ReturnType<typeof judge>;

function judge(row: Pair) {
  const entry = {
    nameKey: row.name_key,
    fullName: row.full_name,
    distinguishedName: row.distinguished_name,
    addressKeys: row.address_keys,
  };
  const other = {
    nameKey: row.other_name_key,
    fullName: row.other_full_name,
    distinguishedName: row.other_distinguished_name,
    addressKeys: row.other_address_keys,
  };
  return {
    evidence: weigh(entry, other, new Set(row.ambiguous)),
    wasGone: row.was_gone,
    repeatsName: repeatsUserName(other),
    sameName: entry.nameKey === other.nameKey,
  };
}
