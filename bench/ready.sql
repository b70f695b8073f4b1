-- Rows in which nothing is left to be made.
create temporary table stage (
  user_name text not null,
  full_name text,
  distinguished_name text,
  email_addresses text[],
  name_key text collate "C",
  address_keys text[] collate "C"
) on commit drop;
\copy stage from pstdin
