-- An archive for every user who has none, and the right to read it.
-- Postgres takes a table for empty that was filled a moment ago, and would read it again for each user.
set local enable_nestloop = off;

with made as (
  insert into archives (name, name_key, owner_id)
  select user_name, name_key, id from users
  where not exists (select from archives where owner_id = users.id)
  returning id, owner_id
)
insert into archive_access (archive_id, user_id, privileges)
select id, owner_id, '{read}' from made;
