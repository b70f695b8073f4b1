import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { keyOf } from '../core/names.ts';
import { shellWord, visible } from '../core/text.ts';
import { all, one, run } from './transaction.ts';

/** What an archive remembers of its owner, from a row of `users`. */
export const lastOwner = (row: string) => `jsonb_build_object(
  'userName', ${row}.user_name, 'fullName', ${row}.full_name, 'distinguishedName', ${row}.distinguished_name,
  'emailAddresses', ${row}.email_addresses, 'addressKeys', ${row}.address_keys)`;

/**
 * A query for the `name` and `name_key` of an archive that is set aside: `NAME (until DATE)`, with a number if that stands.
 *
 * @param archive the row of it
 * @param tables whose names it must not have
 */
export const nameAside = (archive: string, tables: readonly string[]) => `
  select ${archive}.name || ending as name, ${archive}.name_key || ending as name_key
  from generate_series(1, 1000000) as n, lateral (
    select ' (until ' || to_char(now() at time zone 'UTC', 'YYYY-MM-DD') || case n when 1 then '' else ', ' || n end || ')'
  ) as named (ending)
  where ${tables.map((table) => `not exists (select from ${table} x where x.name_key = ${archive}.name_key || ending)`).join(' and ')}
  limit 1`;

/** An archive that got another name to make way. */
export interface SetAside {
  name: string;
  messages: number;
}

/**
 * Makes way for an archive of a name: one without an owner that stands there is deleted when it is empty, and set aside
 * when it holds mail.
 *
 * @returns what was set aside; null when nothing was
 * @throws RollcallError when somebody owns it, other than `owner`
 */
export async function clearName(
  db: Knex.Transaction,
  name: string,
  owner: string | null = null,
): Promise<SetAside | null> {
  const [archive] = await all<{ id: string; name: string; owner: string | null; messages: number }>(
    db,
    `select archives.id, archives.name, user_name as owner,
       (select count(*) from archive_messages where archive_id = archives.id)::float8 as messages
     from archives left join users on users.id = owner_id where archives.name_key = ?`,
    [keyOf(name)],
  );
  if (!archive || (owner !== null && archive.owner === owner)) return null;
  if (archive.owner !== null) {
    throw new RollcallError(
      'failed',
      `the archive ${visible(archive.name)} belongs to ${visible(archive.owner)}; "rollcall users rename ${shellWord(archive.owner)} ${shellWord(archive.owner)}" gives it its owner's name`,
    );
  }
  if (archive.messages === 0) {
    await run(db, 'delete from archives where id = ?', [archive.id]);
    return null;
  }
  const aside = await one<{ name: string }>(
    db,
    `update archives set name = aside.name, name_key = aside.name_key
     from archives a, lateral (${nameAside('a', ['archives', 'users'])}) aside
     where a.id = ? and archives.id = a.id returning archives.name`,
    [archive.id],
  );
  return { name: aside.name, messages: archive.messages };
}
