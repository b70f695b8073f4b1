import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { keyOf } from '../core/names.ts';
import { visible } from '../core/text.ts';
import { findUser } from './users.ts';
import { all, run } from './transaction.ts';

/** An archive as it is shown. */
export interface Archive {
  id: string;
  name: string;
  /** Nobody, once the owner was deleted while it held mail. */
  owner: string | null;
  messages: number;
  /** Privileges by user. */
  access: Record<string, string[]>;
}

const select = `
  select archives.id, archives.name, owners.user_name as owner,
    (select count(*) from archive_messages where archive_id = archives.id)::float8 as messages,
    (select coalesce(jsonb_object_agg(users.user_name, archive_access.privileges), '{}')
     from archive_access join users on users.id = user_id where archive_id = archives.id) as access
  from archives left join users owners on owners.id = owner_id`;

export async function listArchives(db: Knex): Promise<Archive[]> {
  return all<Archive>(db, `${select} order by archives.name_key`);
}

/** @throws RollcallError when there is no such archive */
export async function findArchive(db: Knex, name: string): Promise<Archive> {
  const [archive] = await all<Archive>(db, `${select} where archives.name_key = ?`, [keyOf(name)]);
  if (!archive) throw new RollcallError('failed', `there is no archive ${visible(name)}`);
  return archive;
}

/** Sets what a user may do with an archive. */
export async function grantAccess(
  db: Knex.Transaction,
  name: string,
  userName: string,
  privileges: string[],
): Promise<void> {
  const { id } = await findArchive(db, name);
  const user = await findUser(db, userName);
  await run(
    db,
    `insert into archive_access (archive_id, user_id, privileges)
     select ?::bigint, id, ?::text[] from users where name_key = ?
     on conflict (archive_id, user_id) do update set privileges = excluded.privileges`,
    [id, privileges, keyOf(user.userName)],
  );
}
