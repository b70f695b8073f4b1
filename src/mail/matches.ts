import type { Knex } from 'knex';
import { all } from '../database/query.ts';

/** An archive that a message or an address belongs to. */
export interface Match {
  id: string;
  name: string;
}

interface Row extends Match {
  list: number;
  name_key: string;
}

/** Keys in one statement: a message can have very many, and each takes memory several times. */
const most = 10_000;

/**
 * The archives of each list of address keys, in the order of the lists; each list's sorted by name, without duplicates.
 *
 * The users are found with the index on `users.address_keys`. Not with a join: Postgres estimates that 1 in 200 users has
 * the address, and would read all archives instead of a few.
 */
export async function matchesOf(db: Knex, lists: readonly (readonly string[])[]): Promise<Match[][]> {
  const links = lists.flatMap((keys, list) => keys.map((key) => ({ list, key })));
  const found = lists.map(() => new Map<string, Row>());
  for (let from = 0; from < links.length; from += most) {
    const some = links.slice(from, from + most);
    const rows = await all<Row>(
      db,
      `select distinct link.list, own.id, own.name, own.name_key
       from unnest(?::int[], ?::text[]) as link (list, key), lateral (
         select id, name, name_key from archives
         where owner_id = any (array(select id from users where address_keys @> array[link.key] collate "C"))
       ) own`,
      [some.map(({ list }) => list), some.map(({ key }) => key)],
    );
    for (const row of rows) found[row.list]?.set(row.id, row);
  }
  return found.map((rows) => [...rows.values()].sort(byKey).map(({ id, name }) => ({ id, name })));
}

const byKey = (a: Row, b: Row) => (a.name_key < b.name_key ? -1 : 1);
