-- Fills empty tables with ready rows; keys and indexes come after the rows, as in a first import.
set maintenance_work_mem = '512MB';

create temporary table later as
select format('alter table %s drop constraint %I', conrelid::regclass, conname) as remove,
  format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as restore
from pg_constraint
where conrelid in ('users'::regclass, 'archives'::regclass, 'archive_access'::regclass) and contype in ('u', 'f')
union all
select format('drop index %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
from pg_index
where indrelid in ('users'::regclass, 'archives'::regclass, 'archive_access'::regclass)
  and not exists (select from pg_constraint where conindid = indexrelid);

select remove from later \gexec

alter table users alter authentication set default 'directoryServices', alter privileges set default '{login}';
\copy users (user_name, full_name, distinguished_name, email_addresses, name_key, address_keys, dn_key) from pstdin
alter table users alter authentication drop default, alter privileges drop default;
analyze users;
\ir archives.sql

select restore from later \gexec
