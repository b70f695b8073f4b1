import type { Knex } from 'knex';
import { weighPairs } from './weigh-pairs.ts';

/** The tables of matching. The rules, with all their cases, are in core/identity.ts. */
export const identityTables = `
  -- What the administrator said of entries in doubt.
  create temporary table pg_temp.answer (
    number integer not null, answer text not null, user_id bigint, archive_id bigint
  ) on commit drop;
  -- An entry and a user whose DN is the same, and nobody else's; or whose name is the same.
  create temporary table pg_temp.pair (
    number integer not null, user_id bigint not null, by_name boolean not null, by_dn boolean not null
  ) on commit drop;
  -- One person.
  create temporary table pg_temp.match (
    number integer not null, user_id bigint not null, identity text not null
  ) on commit drop;
  -- Entries that may mean a stored user, or several, and these: who is shown, and who is meant if it is anybody.
  create temporary table pg_temp.doubt (
    number integer not null, reason text not null, user_id bigint, meant_id bigint, archive_id bigint,
    may_mean text[] not null, others bigint not null
  ) on commit drop;
  create temporary table pg_temp.doubted (user_id bigint not null) on commit drop;`;

/** Matches entries with users among the candidates, with the answers so far. */
export async function matchEntries(db: Knex.Transaction): Promise<void> {
  await db.raw(`
    delete from pg_temp.dn; delete from pg_temp.pair; delete from pg_temp.evidence;
    delete from pg_temp.match; delete from pg_temp.doubt; delete from pg_temp.doubted;
    insert into pg_temp.match select number, user_id, 'same' from pg_temp.answer where user_id is not null`);
  await findPairs(db);
  await weighPairs(db, 'user', 'select number, user_id as other from pg_temp.pair', false);
  await db.raw('analyze pg_temp.dn; analyze pg_temp.pair; analyze pg_temp.evidence');
  await matchByDn(db, 'select number, user_id from pg_temp.pair where by_dn');
  await matchByName(db);
  await matchByDnAgain(db);
  await findDoubts(db);
  await db.raw(`
    delete from pg_temp.evidence v using pg_temp.doubt d where v.number = d.number and v.other = d.user_id`);
  await weighPairs(db, 'user', 'select number, user_id as other from pg_temp.doubt', true);
}

const isLeft = {
  entry: (number: string) =>
    `not exists (select from pg_temp.match m where m.number = ${number}) and not exists (select from pg_temp.answer a where a.number = ${number})`,
  user: (id: string) => `not exists (select from pg_temp.match m where m.user_id = ${id})`,
};

/** An entry answered with --new does not take part in matching. */
const answeredNew = `select number from pg_temp.answer where answer = 'new'`;

async function findPairs(db: Knex.Transaction): Promise<void> {
  await db.raw(`
    insert into pg_temp.dn
    with staged as (
      select dn_key, count(*) as n from pg_temp.stage
      where dn_key in (select dn_key from pg_temp.old_user) and number not in (${answeredNew}) group by dn_key
    ),
    stored as (
      select dn_key, count(*) as n, count(*) filter (where compared.user_id is null) as unstaged
      from users left join pg_temp.compared on compared.user_id = users.id
      where authentication = 'directoryServices' and dn_key in (select dn_key from pg_temp.old_user) group by dn_key
    )
    select dn_key, coalesce(staged.n, 0) + unstaged, stored.n from stored left join staged using (dn_key)`);
  await db.raw(`
    insert into pg_temp.pair
    select number, id, bool_or(by_name), bool_or(not by_name) from (
      select e.number, u.id, true as by_name from pg_temp.new_entry e join pg_temp.old_user u using (name_key)
      union all
      select e.number, u.id, false from pg_temp.new_entry e join pg_temp.old_user u using (dn_key)
      join pg_temp.dn using (dn_key) where dn.entries = 1 and dn.users = 1
    ) found
    where ${isLeft.entry('found.number')} and ${isLeft.user('found.id')}
    group by number, id`);
}

/** Rules 1 and 3. */
async function matchByDn(db: Knex.Transaction, pairs: string): Promise<void> {
  await db.raw(`
    insert into pg_temp.match
    select pair.number, pair.user_id, 'distinguishedName'
    from (${pairs}) pair
    join pg_temp.evidence on evidence.number = pair.number and evidence.other = pair.user_id
    join pg_temp.old_user u on u.id = pair.user_id
    where not repeats_common_name and not is_doubtful_by_dn and not u.is_skipped`);
}

/** Rule 2. */
async function matchByName(db: Knex.Transaction): Promise<void> {
  await db.raw(`
    insert into pg_temp.match
    -- By itself, because Postgres expects only one row of the joins below, and would then compare each with each.
    with left_pair as materialized (
      select number, user_id, by_dn from pg_temp.pair
      where by_name and ${isLeft.entry('pair.number')} and ${isLeft.user('pair.user_id')}
    )
    select pair.number, pair.user_id, 'name'
    from left_pair pair
    join pg_temp.evidence on evidence.number = pair.number and evidence.other = pair.user_id
    join pg_temp.new_entry e on e.number = pair.number
    join pg_temp.old_user u on u.id = pair.user_id
    left join pg_temp.dn on dn.dn_key = u.dn_key
    where not contradicts and not u.is_skipped
      and not (by_dn and is_doubtful_by_dn and not repeats_common_name)
      and (repeats_name or coalesce(dn.entries, 0) = case when e.dn_key = u.dn_key then 1 else 0 end)`);
}

/** Rule 3: a DN is unique once the other users who have it were matched by name. */
async function matchByDnAgain(db: Knex.Transaction): Promise<void> {
  await db.raw(`
    insert into pg_temp.pair
    with alone as (
      select dn_key, min(id) as id from pg_temp.old_user u where dn_key is not null and ${isLeft.user('u.id')}
      group by dn_key having count(*) = 1
    )
    select e.number, alone.id, false, true
    from pg_temp.new_entry e join pg_temp.dn using (dn_key) join alone using (dn_key)
    where dn.entries = 1 and dn.users > 1 and ${isLeft.entry('e.number')}`);
  const again = `select pair.number, pair.user_id from pg_temp.pair
    join pg_temp.new_entry e on e.number = pair.number join pg_temp.dn using (dn_key)
    where by_dn and dn.users > 1`;
  await weighPairs(
    db,
    'user',
    `select number, user_id as other from (${again}) again
     where not exists (select from pg_temp.evidence v where v.number = again.number and v.other = again.user_id)`,
    false,
  );
  await matchByDn(db, again);
}

/** Unmatched entries that share the name or the DN with an unmatched user. */
async function findDoubts(db: Knex.Transaction): Promise<void> {
  await db.raw(`
    insert into pg_temp.doubt
    with left_entry as materialized (
      select number, name_key, dn_key from pg_temp.new_entry e where ${isLeft.entry('e.number')}
    ),
    left_user as materialized (
      select u.id, u.name_key, u.dn_key, user_name from pg_temp.old_user u join users using (id)
      where ${isLeft.user('u.id')}
    ),
    -- Grouped, because a directory may give the same DN to everybody.
    by_dn as (
      select dn_key, count(*) as n, (array_agg(id order by name_key))[1:10] as ids,
        (array_agg(user_name order by name_key))[1:10] as names
      from left_user where dn_key is not null group by dn_key
    )
    select e.number, case when named.id is null then 'contradictsDn' else 'contradictsName' end,
      coalesce(named.id, by_dn.ids[1]),
      -- Of several who have the DN, the one who has the name, too.
      case when total.n = 1 or named.dn_key = e.dn_key then coalesce(named.id, by_dn.ids[1]) end,
      null, mean.names, total.n - cardinality(mean.names)
    from left_entry e
    left join left_user named on named.name_key = e.name_key
    left join by_dn on by_dn.dn_key = e.dn_key
    cross join lateral (
      select coalesce(by_dn.n, 0) + case when named.id is null or named.dn_key = e.dn_key then 0 else 1 end as n
    ) total
    cross join lateral (
      select coalesce((array_agg(name order by name_key))[1:10], '{}') as names from (
        select u.user_name, u.name_key from users u where u.id = named.id or u.id = any (by_dn.ids)
      ) meant (name, name_key)
    ) mean
    where named.id is not null or by_dn.n > 0;
    insert into pg_temp.doubted
    select u.id from pg_temp.old_user u
    where ${isLeft.user('u.id')}
      and u.name_key in (select e.name_key from pg_temp.doubt join pg_temp.new_entry e using (number))
    union
    select u.id from pg_temp.old_user u
    where ${isLeft.user('u.id')}
      and u.dn_key in (select e.dn_key from pg_temp.doubt join pg_temp.new_entry e using (number))`);
}
