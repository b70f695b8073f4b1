import type { Knex } from 'knex';
import type { Entry, SkippedEntry } from '../core/entry.ts';
import type { OptionalMember } from '../core/members.ts';
import type { Explanation, IdentityRule } from '../core/explained.ts';
import type { Doubt } from '../core/plan.ts';
import type { SkipReason } from '../core/skip-reason.ts';
import { all } from '../database/query.ts';
import type { Related } from './explain-listed.ts';
import { weighPairs } from './weigh-pairs.ts';

/**
 * The entries that concern these stored users: that mean them, may mean them, or have their name or DN but do not count.
 * And those that get or may mean these archives.
 */
export async function findRelated(
  db: Knex.Transaction,
  ids: string[],
  archiveIds: string[],
  most: number,
): Promise<Related> {
  const numbers = await all<{ number: number }>(
    db,
    `with asked as materialized (select id, name_key, dn_key, authentication from users where id = any (?::bigint[]))
     select number from (
       select number from pg_temp.match where user_id in (select id from asked)
       union
       select number from pg_temp.doubt join pg_temp.stage e using (number)
       join asked on asked.id = doubt.user_id or asked.name_key = e.name_key or asked.dn_key = e.dn_key
       union
       select number from pg_temp.stage e join asked using (name_key)
       where scope <> 'in' or authentication = 'integrated' or number not in (select number from pg_temp.new_entry)
       union
       select number from pg_temp.stage e join asked using (dn_key)
       where scope <> 'in' and authentication = 'directoryServices'
       union
       select number from pg_temp.doubt where archive_id = any (?::bigint[])
       union
       select number from pg_temp.claim where archive_id = any (?::bigint[])
     ) related order by number limit ${most}`,
    [ids, archiveIds, archiveIds],
  );
  const unstaged = await all<{ name_key: string }>(
    db,
    `select name_key from users where id = any (?::bigint[]) and authentication = 'directoryServices'
       and not exists (select from pg_temp.compared where compared.user_id = users.id)`,
    [ids],
  );
  return {
    numbers: new Set(numbers.map(({ number }) => number)),
    nameKeys: new Set(unstaged.map(({ name_key: key }) => key)),
  };
}

/** How an entry stands in the run. */
export interface Standing {
  /** The equal entry that stands for it in the run; usually, it is this one. */
  effective: number;
  skipped: SkipReason | null;
  userId: string | null;
  archiveId: string | null;
  identity: Omit<Explanation['identity'], 'userName'>;
}

interface Row {
  number: number;
  effective: number;
  scope: 'in' | 'out' | 'skipped';
  reason: SkipReason | null;
  differs: boolean;
  identity: string | null;
  again: boolean;
  doubt: Doubt['reason'] | null;
  mayMean: string[];
  takenBy: string | null;
  userId: string | null;
  archiveId: string | null;
}

/** How these entries stand, in their order. */
export async function findStandings(
  db: Knex.Transaction,
  entries: (Entry | SkippedEntry)[],
): Promise<Standing[]> {
  const rows = await all<Row>(db, standings, [
    entries.map(({ number }) => number),
    entries.map(({ nameKey }) => nameKey),
  ]);
  const evidence = await weighAgain(db, rows);
  return rows.map((row) => {
    const rule = ruleOf(row);
    const other = row.userId ?? row.archiveId;
    const words = rule === 'new' ? undefined : evidence.get(`${row.effective} ${other ?? ''}`);
    const membersThat = (word: boolean) =>
      members.filter((member) => words?.[member] === word && isCompared(rule));
    return {
      ...{ effective: row.effective, skipped: row.reason, userId: row.userId, archiveId: row.archiveId },
      identity: { rule, mayMean: row.mayMean, agrees: membersThat(true), differs: membersThat(false) },
    };
  });
}

const members = ['distinguishedName', 'fullName', 'emailAddresses'] as const;

const isCompared = (rule: IdentityRule) => /^by|^doubt/.test(rule);

function ruleOf({ scope, identity, again, doubt, differs, takenBy }: Row): IdentityRule {
  if (scope === 'skipped') return 'skipped';
  if (scope === 'out') return 'outOfScope';
  if (doubt !== null) return `doubt:${doubt}`;
  if (identity === 'name') return 'byName';
  if (identity !== null) return again ? 'byDnAgain' : 'byDn';
  if (!differs) return 'equal';
  if (takenBy === null) return 'new';
  return takenBy === 'integrated' ? 'integrated' : 'nameTaken';
}

/**
 * An entry that is not staged equals the user of its name, or another entry. The user of one that does not count is the
 * one of its name or, if nobody is, of its DN, unless another entry means them.
 */
const standings = `
  with asked as materialized (
    select number, name_key, coalesce(first, number) as effective, nth
    from unnest(?::int[], ?::text[]) with ordinality as given (number, name_key, nth)
    left join lateral (
      select first from pg_temp.repeated r where r.name_key = given.name_key and not differ
        and not exists (select from pg_temp.stage s where s.number = given.number)
    ) equal on true
  )
  select asked.number, effective, coalesce(e.scope, 'in') as scope, e.reason, n.number is not null as differs,
    m.identity, coalesce(dn.users > 1, false) as again, d.reason as doubt, coalesce(d.may_mean, '{}') as "mayMean",
    t.taken_by as "takenBy", coalesce(d.archive_id, c.archive_id)::text as "archiveId",
    coalesce(m.user_id, d.user_id, ignored.id, case
      when e.scope <> 'in' then case named.authentication when 'integrated' then named.id end
      when n.number is null or (m.number is null and t.taken_by = 'integrated') then named.id end)::text as "userId"
  from asked
  left join pg_temp.stage e on e.number = effective
  left join pg_temp.new_entry n on n.number = effective
  left join pg_temp.match m on m.number = effective
  left join pg_temp.dn on dn.dn_key = e.dn_key
  left join pg_temp.doubt d on d.number = effective
  left join pg_temp.taken t on t.number = effective
  left join pg_temp.claim c on c.number = effective
  left join users named on named.name_key = asked.name_key
  left join lateral (
    select o.id from pg_temp.old_user o
    where e.scope <> 'in' and (o.name_key = e.name_key or o.dn_key = e.dn_key)
      and not exists (select from pg_temp.match x where x.user_id = o.id)
    order by (o.name_key = e.name_key) is not true, o.id limit 1
  ) ignored on true
  order by nth`;

type Words = Record<OptionalMember, boolean | null>;

/** Matching looks closely only where it could matter; what is shown has to be exact. */
async function weighAgain(db: Knex.Transaction, rows: Row[]): Promise<Map<string, Words>> {
  const matched = rows.filter(({ identity, userId }) => identity !== null && userId !== null);
  const list = (values: unknown[]) => `'{${values.join(',')}}'`;
  // Not bindings, because a cursor takes none; all are numbers.
  const pairs = `select distinct number, other from unnest(${list(matched.map(({ effective }) => effective))}::int[],
    ${list(matched.map(({ userId }) => userId))}::bigint[]) as pair (number, other)`;
  await db.raw(
    `delete from pg_temp.evidence v using (${pairs}) pair
     where v.kind = 'user' and v.number = pair.number and v.other = pair.other`,
  );
  await weighPairs(db, 'user', pairs, true);
  const found = await all<Words & { number: number; other: string }>(
    db,
    `select number, other::text, dn as "distinguishedName", full_name as "fullName", addresses as "emailAddresses"
     from pg_temp.evidence where number = any (?::int[])`,
    [rows.map(({ effective }) => effective)],
  );
  return new Map(found.map((words) => [`${words.number} ${words.other}`, words]));
}
