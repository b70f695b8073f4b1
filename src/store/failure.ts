import { messageOf, RollcallError } from '../core/errors.ts';
import { visible } from '../core/text.ts';

/**
 * The words for a failure of the database: what Postgres said, and what to do about it. Statements and values stay
 * out of it.
 *
 * @param error whatever knex or pg threw; a RollcallError passes unchanged
 * @param name what to call the database
 */
export function databaseFailure(error: unknown, name: string): Error {
  if (error instanceof RollcallError) return error;
  const code = codeOf(error);
  if (code === null) return error instanceof Error ? error : new Error(messageOf(error));
  const hint = hints[code] ?? hints[code.slice(0, 3)] ?? hints[code.slice(0, 2)] ?? '';
  return new RollcallError(
    'failed',
    `database ${name}: ${visible(ownWords(error))} (${code})${hint && `; ${hint}`}`,
  );
}

/** Whether the connection is gone, so that nobody knows what became of the last statement. */
export function isConnectionLoss(error: unknown): boolean {
  return /^(08|57P|ECONN|EPIPE|ETIMEDOUT|connection$)/.test(codeOf(error) ?? '');
}

/** The SQLSTATE or system error code; null when the error comes from neither. */
export function codeOf(error: unknown): string | null {
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return code;
  if (!(error instanceof Error)) return null;
  // pg has no code for what it finds out by itself.
  if (/^SASL|password must be/.test(error.message)) return '28P01';
  return /connection|timeout/i.test(error.message) ? 'connection' : null;
}

/** knex puts the statement in front: `select … - what Postgres said`. No statement of ours holds ` - `. */
const statement =
  /^\s*(select|with|insert|update|delete|set|create|alter|drop|analyze|declare|fetch|close|explain)\b.*? - /s;

function ownWords(error: unknown): string {
  // The words of pg for a peer that accepted the connection and then said nothing.
  return messageOf(error)
    .replace(statement, '')
    .replace(/^timeout expired$/, 'it does not answer');
}

const hints: Record<string, string> = {
  '28000': 'the server does not let this user in from here, or not without TLS; see its pg_hba.conf',
  '28P01': 'check the user and password in database.url',
  '23503': 'somebody else changed the user database during the run; nothing was written, run it again',
  '3D000': 'create that database first, or correct database.url',
  '42501': 'the role lacks a privilege; see "Rights" in the README',
  '53': 'the server is short of disk, memory or connections; nothing was written',
  '57P': 'the server was stopped; nothing was written',
  '57014': 'the statement was cancelled; nothing was written',
  '55P03': 'another program holds a lock on these tables; nothing was written, run it again later',
  ECONNREFUSED: 'is Postgres running there?',
  ECONNRESET: 'nothing was written',
  ENOTFOUND: 'check the host in database.url',
  connection: 'nothing was written',
  '08': 'nothing was written',
};
