import { join } from 'node:path';
import { visible } from '../core/printable.ts';
import { targetName, type Connection, type SessionAttributes } from './connection.ts';
import { readNotation } from './notation.ts';
import { passwordFor, readPassfile } from './passfile.ts';
import { risksOf } from './risks.ts';
import { Refusal, Settings, type Account } from './connection-settings.ts';
import { defaultFolder, targetsOf } from './targets.ts';
import { tlsOf } from './tls-files.ts';

/** A connection with what is risky about it, or the reason why there is none; one line each, without secrets. */
export type ConnectionReading =
  { connection: Connection; warnings: string[] } | { connection: null; problem: string };

/**
 * Reads a connection as libpq does, so that it means what it means to psql: a URI, or `keyword=value` pairs. What the
 * text leaves out comes from the PG* variables, the password file and the files in ~/.postgresql. Whatever cannot be
 * honored is refused.
 */
export function readConnection(text: string, account: Account): ConnectionReading {
  const given = readNotation(text);
  if ('problem' in given) return { connection: null, problem: given.problem };
  try {
    return connectionOf(new Settings(given, account), account);
  } catch (error) {
    if (error instanceof Refusal) return { connection: null, problem: visible(error.message) };
    throw error;
  }
}

function connectionOf(settings: Settings, account: Account): ConnectionReading {
  const user = settings.get('user', account.userName ?? '');
  if (user === '')
    throw new Refusal('must name a user, as in postgres://user@host/database: this process has no user name');
  const database = settings.get('dbname', user);
  if (database.includes('://')) throw new Refusal(`${settings.origin('dbname')} must be a name, not a URI`);
  const places = targetsOf(settings);
  const tls = tlsOf(settings, account.home);

  const given = settings.get('password');
  const passfile = settings.path('passfile');
  const { lines, warnings } =
    given === ''
      ? readPassfile(passfile ?? join(account.home, '.pgpass'), passfile !== null)
      : { lines: [], warnings: [] };
  const sought = (host: string) => (host === defaultFolder() ? 'localhost' : host);
  const targets = places.map(({ host, port }) => ({
    host,
    port,
    password: given || passwordFor(lines, { host: sought(host), port, database, user }) || null,
  }));

  const seconds = settings.number('connect_timeout') ?? 0;
  const idle = settings.number('keepalives_idle') ?? 0;
  const connection: Connection = {
    name: visible(`${targets.map(targetName).join()}/${database}`),
    targets,
    database,
    user,
    options: settings.get('options'),
    applicationName: settings.get('application_name', settings.get('fallback_application_name', 'rollcall')),
    tls,
    session: settings.get('target_session_attrs', 'any') as SessionAttributes,
    timeout: (seconds > 0 ? Math.min(seconds, 3_600) : 10) * 1_000,
    keepAlive: settings.number('keepalives') === 0 ? null : (idle > 0 ? idle : 10) * 1_000,
  };
  return { connection, warnings: [...warnings.map(visible), ...risksOf(connection)] };
}
