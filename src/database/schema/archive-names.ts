/** What an archive stores about its last owner, from a row of `users`. */
export const lastOwner = (row: string) => `jsonb_build_object(
  'userName', ${row}.user_name, 'fullName', ${row}.full_name, 'distinguishedName', ${row}.distinguished_name,
  'emailAddresses', ${row}.email_addresses, 'addressKeys', ${row}.address_keys)`;

/**
 * A query for the `name` and `name_key` of an archive that is set aside: `NAME (until DATE)`, numbered if it is taken.
 *
 * @param archive the name of its row
 * @param tables the tables whose names are taken
 */
export const nameAside = (archive: string, tables: readonly string[]) => `
  select ${archive}.name || ending as name, ${archive}.name_key || ending as name_key
  from (select generate_series(1, 1000000)) numbers (n), lateral (
    select ' (until ' || to_char(now() at time zone 'UTC', 'YYYY-MM-DD') || case n when 1 then '' else ', ' || n end || ')'
  ) as named (ending)
  where ${tables.map((table) => `not exists (select from ${table} x where x.name_key = ${archive}.name_key || ending)`).join(' and ')}
  limit 1`;
