-- What jq makes of the listing; Postgres makes the keys.
create temporary table stage (
  user_name text not null,
  full_name text,
  distinguished_name text,
  addresses text,
  email_addresses text[] generated always as (string_to_array(addresses, E'\n')) stored,
  name_key text collate "C" generated always as (lower(user_name)) stored,
  address_keys text[] collate "C" generated always as (string_to_array(lower(addresses), E'\n')) stored
) on commit drop;
\copy stage (user_name, full_name, distinguished_name, addresses) from pstdin with (null '')
