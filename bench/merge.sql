-- The stage into the tables: only what differs is written. Without guards, history, renames or a plan.
analyze stage;

with gone as (
  delete from users
  where authentication = 'directoryServices' and not 'admin' = any (privileges)
    and not exists (select from stage where stage.name_key = users.name_key)
  returning id
)
delete from archives using gone
where owner_id = gone.id and not exists (select from archive_messages where archive_id = archives.id);

merge into users using stage on users.name_key = stage.name_key
when matched and users.authentication = 'directoryServices'
  and (users.full_name, users.distinguished_name, users.address_keys)
    is distinct from (stage.full_name, stage.distinguished_name, stage.address_keys) then
  update set full_name = stage.full_name, distinguished_name = stage.distinguished_name,
    email_addresses = stage.email_addresses, address_keys = stage.address_keys, updated_at = now()
when not matched then
  insert (user_name, name_key, authentication, full_name, distinguished_name, email_addresses,
    address_keys, privileges)
  values (stage.user_name, stage.name_key, 'directoryServices', stage.full_name, stage.distinguished_name,
    stage.email_addresses, stage.address_keys, '{login}');

\ir archives.sql
