import { messageOf, RollcallError } from '../core/errors.ts';
import { visible } from '../core/printable.ts';

interface Parts {
  /** The name of the database in messages. */
  database: string;
  /** The message of Postgres or of the connection. */
  words: string;
  /** The SQLSTATE or system error code. */
  code: string;
  /** What to do about it; null when there is no general advice. */
  hint: string | null;
  /** Whether a transaction had begun; if so, the message should say what was written. */
  begun: boolean;
}

/** A database failure with the server's own message. It never contains statements or values. */
export class DatabaseError extends RollcallError {
  readonly code: string;
  readonly hint: string | null;
  readonly begun: boolean;
  readonly #parts: Parts;

  /** @param stays what remains true of the data; only the caller knows that */
  constructor(parts: Parts, stays: string | null = null, changed: boolean | 'unknown' = false) {
    const { database, words, code, hint, begun } = parts;
    const said = [`database ${database}: ${words} (${code})`, hint, stays];
    super('failed', said.filter((text) => text !== null).join('; '), changed);
    this.code = code;
    this.hint = hint;
    this.begun = begun;
    this.#parts = parts;
  }

  /** The same failure, with a note on what remains true of the data. */
  whileStays(stays: string, changed = false): DatabaseError {
    return new DatabaseError(this.#parts, stays, changed);
  }
}

/**
 * Translates an error of knex or pg.
 *
 * @param error anything that was thrown; a RollcallError is returned unchanged, as is a bug
 * @param database the name of the database in messages
 * @param begun whether a transaction had begun
 */
export function databaseFailure(error: unknown, database: string, begun: boolean): Error {
  if (error instanceof RollcallError) return error;
  const code = codeOf(error);
  if (code === null) return error instanceof Error ? error : new Error(messageOf(error));
  const hint = hints[code] ?? hints[code.slice(0, 3)] ?? hints[code.slice(0, 2)] ?? null;
  return new DatabaseError({ database, words: visible(wordsOf(error)), code, hint, begun });
}

/** Codes of a connection or transaction that was ended from outside: SQLSTATEs, their classes, and system codes. */
const lost = /^(08|57P|ECONN|EPIPE|ETIMEDOUT|EMBEDDED$|connection$)/;

/** SQLSTATE for a lock that is not available, now or within the lock_timeout. */
export const lockTimeout = '55P03';

/** SQLSTATE for a transaction number that the server does not know. */
export const unknownTransaction = '22023';

/** Whether the connection was lost, so that the outcome of the last statement is unknown. */
export const isConnectionLoss = (error: unknown): boolean => lost.test(codeOf(error) ?? '');

/** The SQLSTATE or system error code; null when the error comes from neither. */
export function codeOf(error: unknown): string | null {
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return code;
  if (!(error instanceof Error)) return null;
  // Errors that pg itself detects have no code.
  if (/^SASL|password must be/.test(error.message)) return '28P01';
  return /connection|timeout/i.test(error.message) ? 'connection' : null;
}

const wordsOf = (error: unknown) =>
  messageOf(error).replace(/^Knex: Timeout acquiring a connection.*$/, 'all connections are in use');

const unknownAuthority = 'set sslrootcert to the certificate of the authority that signed it';

const hints: Record<string, string> = {
  '25006': 'the server is a standby, or read-only; database.url must lead to the primary',
  '25P03': 'the transaction was idle for more than 5 minutes',
  '25P04': 'the role or database has a transaction_timeout that is too short',
  '28000': 'the server does not accept this user from this host, or requires TLS; check its pg_hba.conf',
  '28P01': 'check the user and password in database.url',
  '22P05': 'the encoding of the database cannot store this; move it to a database with the encoding UTF8',
  '23503': 'rows of another program depend on these, or it changed them during the run',
  '3D000': 'create the database first, or correct database.url',
  '40': 'another program changed the same rows at the same time; run it again',
  '42501':
    'the role lacks a privilege, or row security hides rows from it; docs/operations.md lists the required ones',
  '42704': 'rollcall needs Postgres 15 or newer',
  '53': 'the server is short of disk space, memory or connections',
  '57P': 'the server was shut down',
  '57P05': 'the role or database has an idle_session_timeout that is too short',
  '57014': 'the statement was cancelled',
  '55P03': 'another program holds a lock on these tables; run it again later',
  ECONNREFUSED: 'is Postgres running there?',
  ENOTFOUND: 'check the host in database.url',
  ENOTLS: 'turn TLS on in the server, or change sslmode',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the host must be a name that is in the certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
};
