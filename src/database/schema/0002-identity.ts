import type { Knex } from 'knex';
import { dnKeyOf } from '../../core/dn.ts';
import { addressKeysOf } from '../../core/names.ts';
import { readCursor } from '../cursor.ts';

/** What is needed to tell who is who: DNs by their key, and the last owner of an archive. */
export const name = '0002-identity';

export async function up(db: Knex): Promise<void> {
  await db.raw(`
    alter table users add column dn_key text collate "C";
    comment on column users.dn_key is 'distinguished_name in the one form in which it is compared';
    comment on column users.address_keys is
      'email_addresses in lower case and NFC, an internationalized domain in both spellings; mail is assigned by them';
    comment on column users.gone_since is 'since when the directory no longer lists a user who was kept';

    alter table archives add column last_owner jsonb;
    comment on column archives.last_owner is 'who owned an archive that stands without an owner';

    alter table users drop constraint users_name;
    alter table users add constraint users_name unique (name_key) deferrable;
    alter table archives drop constraint archives_name;
    alter table archives add constraint archives_name unique (name_key) deferrable;

    alter table run_changes add column identity text, add column archive jsonb;
    update run_changes set archive = jsonb_build_object('outcome', note -> 'archive',
      'name', coalesce(after ->> 'userName', before ->> 'userName'), 'messages', note -> 'messages', 'accessEnded', '[]'::jsonb)
    where note is not null;
    alter table run_changes drop column note;
  `);
  await rekey(
    db,
    `select id::text, distinguished_name as value from users where distinguished_name is not null`,
    'dn_key = key',
    dnKeyOf,
  );
  await rememberOwners(db);
  // Only internationalized domains have other keys than before.
  await rekey(
    db,
    `select id::text, array_to_string(email_addresses, E'\\n') as value from users
     where array_to_string(email_addresses, E'\\n') ~* '[^\\x01-\\x7f]|xn--'`,
    `address_keys = string_to_array(key, E'\\n')`,
    (addresses) => [...new Set(addresses.split('\n').flatMap(addressKeysOf))].join('\n'),
  );
}

interface Owner {
  userName: string;
  fullName: string | null;
  distinguishedName: string | null;
  emailAddresses: string[];
}

/** The history knows who was deleted, unless somebody had the name since. */
async function rememberOwners(db: Knex): Promise<void> {
  const found = `
    select archives.id::text, last.before::text as value from archives cross join lateral (
      select action, user_name, before from run_changes
      where archives.name in (user_name, after ->> 'userName') order by run_id desc, position desc limit 1
    ) last
    where owner_id is null and last.action = 'delete' and last.user_name = archives.name`;
  for await (const rows of readCursor<{ id: string; value: string }>(db as Knex.Transaction, found)) {
    for (const { id, value } of rows) {
      const { userName, fullName, distinguishedName, emailAddresses } = JSON.parse(value) as Owner;
      const addressKeys = emailAddresses.flatMap(addressKeysOf);
      await db.raw('update archives set last_owner = ?::jsonb where id = ?', [
        JSON.stringify({ userName, fullName, distinguishedName, emailAddresses, addressKeys }),
        id,
      ]);
    }
  }
}

async function rekey(
  db: Knex,
  query: string,
  change: string,
  keyOf: (value: string) => string,
): Promise<void> {
  for await (const rows of readCursor<{ id: string; value: string }>(db as Knex.Transaction, query)) {
    await db.raw(
      `update users set ${change} from unnest(?::bigint[], ?::text[]) as found (id, key) where users.id = found.id`,
      [rows.map(({ id }) => id), rows.map(({ value }) => keyOf(value))] as unknown as Knex.RawBinding[],
    );
  }
}
