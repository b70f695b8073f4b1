import type { Knex } from 'knex';
import type { Census } from '../core/census.ts';
import type { Remark } from '../core/plan.ts';
import { one } from '../database/query.ts';

const mostExamples = 3;

/** Things that stop nothing but that the administrator should know; one remark for each reason, with a few examples. */
export async function findRemarks(db: Knex.Transaction, census: Census): Promise<Remark[]> {
  const remarks: Remark[] = [
    ...(await findSharedAddresses(db)),
    { type: 'remark', reason: 'maybeSamePerson', ...(await maybeSamePersons(db)) },
    { type: 'remark', reason: 'oddAddress', ...census.odd },
  ];
  return remarks.filter(({ count }) => count > 0);
}

/** The addresses that go to somebody else, or to several; of any plan, also of an undo. */
export async function findSharedAddresses(db: Knex.Transaction): Promise<Remark[]> {
  const found = await sharedAddresses(db);
  return found.count > 0 ? [{ type: 'remark', reason: 'sharedAddress', ...found }] : [];
}

interface Found<E> {
  count: number;
  examples: E[];
}

/**
 * @param found a query with one row for each case
 * @param sort the columns that the examples are chosen by
 * @param example the members of an example
 */
const summed = <E>(db: Knex.Transaction, found: string, sort: string, example: string): Promise<Found<E>> =>
  one<Found<E>>(
    db,
    `with found as materialized (${found})
     select count(*)::float8 as count, coalesce((
       select jsonb_agg(jsonb_build_object(${example}) order by ${sort})
       from (select * from found order by ${sort} limit ${mostExamples}) first), '[]') as examples
     from found`,
  );

/** Enough of each address for its examples, without the user themselves. */
const firstOf = (columns: string, rows: string) => `
  select ${columns} from (
    select *, row_number() over (partition by key order by user_name collate "C") as nth from ${rows}
  ) ranked where nth <= ${2 * mostExamples}`;

/** Addresses that a user gets, and that another user had before or also has after the run. */
function sharedAddresses(db: Knex.Transaction) {
  return summed<{ address: string; userName: string; others: string[] }>(
    db,
    `with planned as not materialized (
       select position, user_id, user_name, unnest(address_keys) as key from pg_temp.plan where user_name is not null
     ),
     held as materialized (
       select id, user_name, key from (select id, user_name, unnest(address_keys) as key from users) stored
       where key in (select key from planned)
     ),
     -- Of a million newcomers, hardly any share an address: they are found first, by the address alone.
     shared as materialized (
       select key from planned group by key having count(*) > 1
       union
       select key from held
     ),
     given as materialized (
       select position, user_id, user_name, key from planned
       where key in (select key from shared)
         -- The other spelling of an internationalized domain stands beside it.
         and substring(key from '[^@]*$') !~ '[^\\x01-\\x7f]'
         and not exists (select from held where held.id = planned.user_id and held.key = planned.key)
     ),
     -- Of each address, only the first few by name: a whole organization may have one, and each would be joined with each.
     first_given as (${firstOf('position, user_id, user_name, key, nth', 'given')}),
     first_held as (${firstOf('id, user_name, key', 'held')}),
     others as materialized (
       ${firstOf('position, user_name, key', '(select * from planned where key in (select key from given)) planned')}
     ),
     holders as (
       select given.position, key, held.user_name as other
       from first_given given join first_held held using (key) where held.id is distinct from given.user_id
       union
       select given.position, key, others.user_name
       from first_given given join others using (key) where others.position <> given.position
     )
     select key, min(given.user_name collate "C") as user_name,
       array(select distinct name collate "C" from unnest(array_agg(other) || array_agg(given.user_name)) as name
             where name <> min(given.user_name collate "C") or name = any (array_agg(other) filter (where nth = 1)) order by 1 limit ${mostExamples}) as others
     from first_given given join holders using (position, key) group by key`,
    'key collate "C", user_name collate "C"',
    `'address', key, 'userName', user_name, 'others', others`,
  );
}

/** Newcomers who share an address or the full name with a user who is gone or in doubt. */
function maybeSamePersons(db: Knex.Transaction) {
  return summed<{ userName: string; stored: string; share: 'fullName' | 'emailAddresses' }>(
    db,
    `with absent as materialized (
       select user_name, lower(full_name) as full_name, address_keys from users
       where id in (select user_id from pg_temp.fate union select user_id from pg_temp.doubted)
     ),
     by_address as materialized (
       select key, min(user_name collate "C") as stored from absent, unnest(address_keys) as key group by key
     ),
     by_name as materialized (
       select full_name, min(user_name collate "C") as stored from absent where full_name is not null group by full_name
     ),
     newcomer as (
       select position, user_name, full_name, address_keys from pg_temp.plan where action = 'create' and identity is null
     ),
     sharing as (
       select position, newcomer.user_name, stored, 'emailAddresses' as share
       from newcomer, unnest(address_keys) as own (key) join by_address on by_address.key = own.key
       union all
       select position, newcomer.user_name, stored, 'fullName'
       from newcomer join by_name on by_name.full_name = lower(newcomer.full_name)
     )
     select distinct on (position) user_name, stored, share from sharing order by position, share, stored collate "C"`,
    'user_name collate "C"',
    `'userName', user_name, 'stored', stored, 'share', share`,
  );
}
