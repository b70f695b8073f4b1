import type { Knex } from 'knex';
import { RollcallError } from '../core/errors.ts';
import { keyOf } from '../core/names.ts';
import { shellWord, visible } from '../core/printable.ts';
import { all, one } from '../database/query.ts';
import { nameAside } from '../database/schema/archive-names.ts';

/** An archive that was renamed because another one gets its name. */
export interface SetAside {
  name: string;
  messages: number;
}

/**
 * Frees a name for an archive. An archive without an owner that has the name is deleted when it is empty, and set aside
 * when it holds mail.
 *
 * @returns the archive that was set aside, or null
 * @throws RollcallError when a user other than `owner` owns an archive with the name
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
      `the archive ${visible(archive.name)} belongs to ${visible(archive.owner)}; "rollcall users rename ${shellWord(archive.owner)} ${shellWord(archive.owner)}" renames it after its owner`,
    );
  }
  if (archive.messages === 0) {
    await db('archives').where({ id: archive.id }).delete();
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
