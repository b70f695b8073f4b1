import type { Setting } from '../database/session-ground.ts';
import { administer } from '../servers/administer.ts';

interface Row {
  name: string;
  vartype: 'bool' | 'enum' | 'integer' | 'real' | 'string';
  enumvals: string[] | null;
  min_val: string | null;
  max_val: string | null;
  reset_val: string | null;
}

/**
 * Every setting that a session can be given, with every other value that makes sense: the other truth, every other word,
 * the least, the greatest and a small number, and for texts those of the list below.
 */
export async function everySetting(server: string): Promise<Setting[]> {
  const rows = (await administer(
    server,
    `select name, vartype, enumvals, min_val, max_val, reset_val from pg_settings
     where context in ('user', 'superuser', 'backend', 'superuser-backend') order by name`,
  )) as Row[];
  const numeric = rows.flatMap((row) =>
    otherValues(row).map((value) => ({ name: row.name, value: quoted(value) })),
  );
  const known = new Set(rows.map(({ name }) => name));
  const byHand = Object.entries(strings)
    .filter(([name]) => known.has(name) || name === 'role')
    .flatMap(([name, values]) => values.map((value) => ({ name, value })));
  return [...numeric, ...byHand];
}

function otherValues({ name, vartype, enumvals, min_val, max_val, reset_val }: Row): string[] {
  if (name in strings || vartype === 'string') return [];
  const values = {
    bool: () => ['on', 'off'],
    enum: () => enumvals ?? [],
    // The greatest delay would take minutes.
    integer: () => [min_val ?? '0', '1', '1001', ...(name.endsWith('_delay') ? [] : [max_val ?? '0'])],
    real: () => [min_val ?? '0', '0.5', ...(name.endsWith('_delay') ? [] : [max_val ?? '1'])],
  }[vartype]();
  const inRange = (value: string) =>
    min_val === null || (Number(value) >= Number(min_val) && Number(value) <= Number(max_val));
  return [...new Set(values)].filter((value) => value !== reset_val && inRange(value));
}

const quoted = (value: string) => `'${value.replaceAll("'", "''")}'`;

/** Values of settings that are texts, as `alter database … set` takes them. */
const strings: Record<string, string[]> = {
  application_name: [`''`, `'x''y\\z'`],
  client_encoding: [`'LATIN1'`, `'SQL_ASCII'`, `'SJIS'`, `'WIN1252'`],
  DateStyle: [
    ...[`'ISO, DMY'`, `'ISO, YMD'`, `'SQL'`, `'SQL, DMY'`, `'SQL, YMD'`, `'German'`],
    ...[`'Postgres'`, `'Postgres, DMY'`, `'Postgres, YMD'`],
  ],
  TimeZone: [
    ...[`'America/St_Johns'`, `'Africa/Monrovia'`, `'Pacific/Kiritimati'`, `'Etc/GMT+12'`, `'Europe/Berlin'`],
    ...[`'<+05:30:12>-05:30:12'`, `'<-00:00:30>+00:00:30'`, `'posix/UTC'`],
  ],
  timezone_abbreviations: [`'Australia'`, `'India'`],
  default_table_access_method: [`'heap'`],
  default_tablespace: [`'pg_default'`, `'nowhere'`],
  temp_tablespaces: [`'pg_default'`, `'nowhere'`],
  default_text_search_config: [`'pg_catalog.german'`],
  dynamic_library_path: [`'/nowhere'`],
  lc_messages: [`'C'`, `'POSIX'`],
  lc_monetary: [`'C.UTF-8'`],
  lc_numeric: [`'C.UTF-8'`],
  lc_time: [`'C.UTF-8'`],
  search_path: [`''`, `public, pg_catalog`, `pg_temp, pg_catalog`, `"$user"`, `nowhere`],
  role: [`'none'`, `'pg_database_owner'`],
  session_authorization: [`default`],
  transaction_isolation: [`'serializable'`],
  vacuum_cost_delay: [`1`],
  post_auth_delay: [`1`],
  wal_consistency_checking: [`'all'`],
  restrict_nonsystem_relation_kind: [`'view'`, `'view, foreign-table'`],
  seed: [`0.5`],
};
