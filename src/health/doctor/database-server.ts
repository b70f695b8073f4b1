import type { Finding } from '../../core/finding.ts';
import { visible } from '../../core/printable.ts';
import { one } from '../../database/query.ts';
import type { Store } from '../../database/store.ts';
import { inTransaction } from '../../database/transaction.ts';
import { failed, ok, warning } from './verdicts.ts';

interface Settings {
  number: number;
  version: string;
  whole: string;
  encoding: string;
  standby: boolean;
  reading: boolean;
  role: string;
  durability: string;
  citus: boolean;
  now: Date;
}

/** What the server of a run is like. */
export interface Server {
  findings: Finding[];
  isStandby: boolean;
  /** By how many milliseconds its clock is ahead of ours. */
  ahead: number;
}

/** Asks the server what it is, in a transaction that begins as that of a run. */
export async function askServer(store: Store, signal: AbortSignal): Promise<Server> {
  return inTransaction(store, 'readOnly', signal, async (db) => {
    const began = Date.now();
    const settings = await one<Settings>(
      db,
      `select current_setting('server_version_num')::int as number, current_setting('server_version') as version,
         version() as whole, current_setting('server_encoding') as encoding, pg_is_in_recovery() as standby,
         current_setting('default_transaction_read_only')::bool as reading,
         current_setting('session_replication_role') as role, current_setting('synchronous_commit') as durability,
         exists (select from pg_extension where extname = 'citus') as citus, clock_timestamp() as now`,
    );
    const ahead = settings.now.getTime() - (began + Date.now()) / 2;
    const findings = [versionFinding(settings), encodingFinding(settings), ...settingFindings(settings)];
    return { commit: false, value: { findings, isStandby: settings.standby, ahead } };
  });
}

/** What says that it speaks the protocol of Postgres, and is something else. */
const others: readonly [RegExp, string][] = [
  [/cockroach/i, 'CockroachDB'],
  [/-YB-|yugabyte/i, 'YugabyteDB'],
  [/aurora dsql/i, 'Aurora DSQL'],
  [/redshift/i, 'Redshift'],
  [/materialize/i, 'Materialize'],
];

function versionFinding({ number, version, whole, citus }: Settings): Finding {
  const check = 'databaseServer';
  const other = others.find(([pattern]) => pattern.test(whole))?.[1];
  if (other !== undefined) {
    const hint =
      'use a Postgres server: there, locks, temporary tables and commits may not do what a run relies upon';
    return failed(check, `the server is ${other}, with which rollcall is not tested`, hint);
  }
  if (number < 150_000)
    return failed(check, `the server is Postgres ${visible(version)}`, 'rollcall needs Postgres 15 or newer');
  if (citus) {
    const hint = 'the tables of rollcall must stay local: do not distribute them';
    return warning(check, `Postgres ${visible(version)} with Citus`, hint);
  }
  return ok(check, `Postgres ${visible(version)}`);
}

function encodingFinding({ encoding }: Settings): Finding {
  const check = 'databaseEncoding';
  if (encoding === 'UTF8') return ok(check, encoding);
  if (encoding === 'SQL_ASCII') return ok(check, 'SQL_ASCII, which stores every name as it is');
  const hint = 'create the database with the encoding UTF8';
  return failed(check, `${visible(encoding)}, which cannot store every name`, hint);
}

function settingFindings({ standby, reading, role, durability }: Settings): Finding[] {
  const check = 'databaseSettings';
  const findings: Finding[] = [];
  if (standby) {
    const said = 'the server is a standby: logins and lists work, and runs are refused';
    findings.push(failed(check, said, 'database.url must lead to the primary'));
  } else if (reading) {
    const said = 'default_transaction_read_only is on: commands that write are refused';
    findings.push(failed(check, said, 'reset it for this role and database'));
  }
  if (role !== 'origin') {
    const said = `session_replication_role is ${visible(role)}, so that keys are not checked: runs are refused`;
    findings.push(failed(check, said, 'reset it for this role and database'));
  }
  if (durability === 'off' || durability === 'local') {
    const said = `synchronous_commit is ${durability}: a crash or failover may lose a run that was reported`;
    findings.push(warning(check, said, 'reset it for this role and database, unless that is wanted'));
  }
  return findings.length > 0 ? findings : [ok(check, 'nothing keeps a run from writing')];
}
