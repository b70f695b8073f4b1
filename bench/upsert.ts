import { readFileSync } from 'node:fs';
import axios from 'axios';
import knex from 'knex';
import type { Person } from './data.ts';

/** What one writes first: the whole listing in memory, and upserts of so many users at a time. */
const [listing = '', database = '', archivesSql = '', chunk = '1000'] = process.argv.slice(2);

const { data } = await axios.post<Person[]>(listing, 'cmd=list', { maxContentLength: Infinity });
const db = knex({ client: 'pg', connection: database, pool: { min: 0, max: 1 }, searchPath: ['rollcall'] });
const size = Number(chunk);

await db.transaction(async (transaction) => {
  for (let start = 0; start < data.length; start += size) {
    await transaction('users')
      .insert(data.slice(start, start + size).map(toRow))
      .onConflict('name_key')
      .merge(['full_name', 'distinguished_name', 'email_addresses', 'address_keys', 'updated_at'])
      .where('users.authentication', 'directoryServices');
  }
  // Every listed user was touched in this transaction; whoever was not is gone.
  const gone = transaction('users')
    .select('id')
    .where('authentication', 'directoryServices')
    .where('updated_at', '<', transaction.fn.now());
  await transaction('archives')
    .whereIn('owner_id', gone)
    .whereNotIn('id', transaction('archive_messages').select('archive_id'))
    .delete();
  await transaction('users').whereIn('id', gone).delete();
  await transaction.raw(readFileSync(archivesSql, 'utf8'));

  function toRow({ userName, fullName, distinguishedName, emailAddresses }: Person) {
    return {
      user_name: userName,
      name_key: userName.toLowerCase(),
      authentication: 'directoryServices',
      full_name: fullName,
      distinguished_name: distinguishedName,
      email_addresses: emailAddresses,
      address_keys: emailAddresses.map((address) => address.toLowerCase()),
      privileges: ['login'],
      updated_at: transaction.fn.now(),
    };
  }
});
await db.destroy();
