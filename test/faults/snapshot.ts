/** All that a run may change, in a form in which two moments can be compared. */
export interface Snapshot {
  /** Of users, archives, access, mail and the tables that there are; no numbers and no times. */
  digest: string;
  runs: number;
  /** The last run has as many changes in the history as it counts, and nothing stands there without a run. */
  sound: boolean;
}

export type Query = (sql: string) => Promise<object[]>;

const relations = `
  select md5(coalesce(string_agg(n.nspname || '.' || coalesce(c.relname, '') || coalesce(c.relkind::text, ''), ',' order by n.nspname, c.relname), '')) as digest
  from pg_namespace n left join pg_class c on c.relnamespace = n.oid
  where n.nspname !~ '^(pg_|information_schema)'`;

const content = `
  select md5(coalesce(string_agg(x, E'\\n' order by x collate "C"), '')) as digest from (
    select row('user', user_name, name_key, authentication, full_name, distinguished_name,
               email_addresses, address_keys, privileges, gone_since is null)::text as x from rollcall.users
    union all
    select row('archive', a.name, a.name_key, user_name)::text
    from rollcall.archives a left join rollcall.users u on u.id = owner_id
    union all
    select row('access', a.name, user_name, x.privileges)::text
    from rollcall.archive_access x left join rollcall.archives a on a.id = archive_id
    left join rollcall.users u on u.id = user_id
    union all
    select row('mail', a.name, m.digest)::text
    from rollcall.archive_messages left join rollcall.archives a on a.id = archive_id
    left join rollcall.messages m on m.id = message_id
  ) as everything`;

const history = `
  select (select count(*) from rollcall.runs)::int as runs,
         coalesce((select (select sum((counts ->> name)::int) from unnest('{created,renamed,updated,deleted}'::text[]) as name)
                          = (select count(*) from rollcall.run_changes where run_id = id)
                   from rollcall.runs order by id desc limit 1), true)
         and not exists (select from rollcall.run_changes where run_id > (select coalesce(max(id), 0) from rollcall.runs))
         as sound`;

/** Reads the state of a store, also of one in which there is nothing yet. */
export async function takeSnapshot(query: Query): Promise<Snapshot> {
  const one = async <T>(sql: string) => (await query(sql))[0] as T;
  const tables = await one<{ digest: string }>(relations);
  const { there } = await one<{ there: boolean }>(
    `select to_regclass('rollcall.users') is not null as there`,
  );
  if (!there) return { digest: `no tables ${tables.digest}`, runs: 0, sound: true };
  const { digest } = await one<{ digest: string }>(content);
  const { runs, sound } = await one<{ runs: number; sound: boolean }>(history);
  return { digest: `${digest} ${tables.digest}`, runs, sound };
}
