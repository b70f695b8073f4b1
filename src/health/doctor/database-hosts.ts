import type { TLSSocket } from 'node:tls';
import type { Client, QueryConfig } from 'pg';
import { isSocket, targetName, type Connection, type Target } from '../../connection/connection.ts';
import type { Finding } from '../../core/finding.ts';
import { visible } from '../../core/printable.ts';
import { reach } from '../../database/dial/attempt.ts';
import { isFinal } from '../../database/dial/dial.ts';
import { hangUp } from '../../database/dial/hang-up.ts';
import { gradeSession, type Grade } from '../../database/dial/session.ts';
import { databaseFailure } from '../../database/failure.ts';
import { resolveHost } from './host-addresses.ts';
import { certificateFinding } from './certificate-expiry.ts';
import { moment, TooLate, type Patience } from './patience.ts';
import { failed, failure, isFit, ok, skipped, warning } from './verdicts.ts';

const nameCheck = 'databaseName';
const check = 'databaseConnection';

/** Each host: its name, whether it lets us in, what it is; and whether a run would find one that it can use. */
export async function* hostSteps(connection: Connection, patience: Patience): AsyncGenerator<Finding> {
  const named = await Promise.all(connection.targets.map((target) => nameFindings(target, patience)));
  yield* named.flat();
  const visits = await Promise.all(
    connection.targets.map((target, i) => visit(connection, target, isFit(named[i] ?? []), patience)),
  );
  const chosen = choose(visits);
  for (const one of visits) yield visitFinding(one, chosen, connection);
  if (chosen !== null) yield* chosen.certificate;
  else if (visits.every(({ server }) => server !== null)) {
    const said = `no host is what target_session_attrs=${connection.session} demands`;
    yield failed(check, said, 'change target_session_attrs, or the hosts in database.url');
  }
}

async function nameFindings(target: Target, patience: Patience): Promise<Finding[]> {
  if (isSocket(target)) return [];
  return (await resolveHost(nameCheck, target.host, 'database.url', patience)).findings;
}

interface Visit {
  target: Target;
  /** Null if it could not be asked. */
  server: Server | null;
  grade: Grade;
  took: number;
  certificate: Finding[];
  /** Null also for a host without an address, which has a finding of its own. */
  error: unknown;
}

interface Server {
  version: string;
  standby: boolean;
  reading: boolean;
}

const unknown = (target: Target): Visit => ({
  ...{ target, server: null, grade: 'unfit', took: 0, certificate: [], error: null },
});

async function visit(
  connection: Connection,
  target: Target,
  hasAddress: boolean,
  patience: Patience,
): Promise<Visit> {
  if (!hasAddress) return unknown(target);
  const began = Date.now();
  const timeout = Math.min(connection.timeout, moment);
  try {
    return await patience.within(2 * moment, async (signal) => {
      const client = await reach({ ...connection, timeout }, target, signal);
      try {
        const server = await introduce(client, timeout);
        const took = Date.now() - began;
        const isReadOnly = server.standby || server.reading;
        const grade = isAlone(connection)
          ? 'wanted'
          : gradeSession(connection.session, { isStandby: server.standby, isReadOnly });
        return { target, server, grade, took, certificate: certificateOf(client, connection), error: null };
      } finally {
        await hangUp(client);
      }
    });
  } catch (error) {
    return { ...unknown(target), error };
  }
}

const isAlone = ({ session, targets }: Connection) => session === 'any' && targets.length === 1;

async function introduce(client: Client, timeout: number): Promise<Server> {
  const question: QueryConfig & { query_timeout: number } = {
    text: `select current_setting('server_version') as version, pg_is_in_recovery() as standby,
             current_setting('default_transaction_read_only')::bool as reading`,
    query_timeout: timeout,
  };
  const { rows } = await client.query<Server>(question);
  return rows[0] ?? { version: '', standby: false, reading: false };
}

function certificateOf(client: Client, { tls }: Connection): Finding[] {
  const { stream } = (client as Client & { connection: { stream: TLSSocket | { encrypted?: undefined } } })
    .connection;
  if (stream.encrypted !== true) return [];
  const accepted = tls.isVerified
    ? 'the certificate was verified'
    : `any certificate is accepted (sslmode=${tls.mode})`;
  return [certificateFinding('databaseCertificate', stream, accepted)];
}

/** As `dial` does: the first that is wanted, else the first that is acceptable; nobody is asked after a refusal. */
function choose(visits: readonly Visit[]): Visit | null {
  let acceptable: Visit | null = null;
  for (const one of visits) {
    if (one.grade === 'wanted') return one;
    if (one.grade === 'acceptable') acceptable ??= one;
    if (one.error !== null && isFinal(one.error)) break;
  }
  return acceptable;
}

function visitFinding(one: Visit, chosen: Visit | null, connection: Connection): Finding {
  const { target, server, took, error } = one;
  const name = visible(targetName(target));
  if (server !== null) {
    const kind = server.standby ? 'a standby' : 'a primary';
    const access = server.standby || server.reading ? 'read-only' : 'accepts writes';
    const use = one === chosen || connection.targets.length === 1 ? '' : ', not used';
    return ok(check, `${name} is ${kind}, ${access}, Postgres ${visible(server.version)} (${took} ms)${use}`);
  }
  if (error === null) return skipped(check, `${name}: the address is unknown`);
  const why =
    error instanceof TooLate
      ? error
      : databaseFailure(error, visible(`${name}/${connection.database}`), false);
  const finding = failure(
    check,
    why,
    'check the host and the port in database.url, and what stands before the server',
  );
  if (chosen === null) return finding;
  const hint = finding.hint === null ? '' : ` (${finding.hint})`;
  return warning(check, finding.message, `a run uses another host meanwhile; mend this one${hint}`);
}
