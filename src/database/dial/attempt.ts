import pg from 'pg';
import { messageOf } from '../../core/errors.ts';
import { codeOf } from '../failure.ts';
import { noAnswer, openClient, type Progress } from './client.ts';
import { isSocket, type Connection, type Target } from '../../connection/connection.ts';

/**
 * Connects to one target, with TLS, without, or first one and then the other, as the sslmode says.
 *
 * @throws the error of the last attempt, which also tells why there was no TLS if that was tried
 */
export async function reach(connection: Connection, target: Target, signal: AbortSignal): Promise<pg.Client> {
  const [first, second] = waysTo(target, connection);
  const progress: Progress = { isInHandshake: false, signal };
  try {
    return await open(connection, target, first, progress);
  } catch (error) {
    if (second === undefined || !mayTryAgain(error, progress)) throw explained(error, target);
    try {
      return await open(connection, target, second, { isInHandshake: false, signal });
    } catch (later) {
      const last = explained(later, target);
      if (first && !hasNoTls(error)) last.message += `; with TLS: ${messageOf(error)}`;
      throw last;
    }
  }
}

type Ways = [isSecure: boolean, other?: boolean];

function waysTo(target: Target, { tls }: Connection): Ways {
  const ways: Partial<Record<typeof tls.mode, Ways>> = {
    disable: [false],
    allow: [false, true],
    prefer: [true, false],
  };
  return isSocket(target) ? [false] : (ways[tls.mode] ?? [true]);
}

function open(connection: Connection, target: Target, isSecure: boolean, progress: Progress) {
  const { isDirect, isVerified, files, versions, mode } = connection.tls;
  const ssl = {
    ...files,
    ...versions,
    rejectUnauthorized: isVerified,
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
  };
  const settings = { ...connection, ...target, ssl: isSecure && ssl, isDirect: isSecure && isDirect };
  return openClient(settings, progress);
}

/** Only where the way is to blame: never after a wrong password, nor without an answer. */
const mayTryAgain = (error: unknown, { isInHandshake, signal }: Progress): boolean =>
  !signal.aborted && (codeOf(error) === '28000' || hasNoTls(error) || (isInHandshake && !isTimeout(error)));

const hasNoTls = (error: unknown) => messageOf(error) === 'The server does not support SSL connections';
const isTimeout = (error: unknown) => messageOf(error) === noAnswer;

/** The same error; with words and a code where Node and pg leave them out. */
function explained(error: unknown, target: Target): Error {
  const known = error instanceof Error ? error : new Error(messageOf(error));
  if (known instanceof AggregateError) known.message = known.errors.map(messageOf).join(', ');
  else if (hasNoTls(known))
    Object.assign(known, { message: 'the server does not speak TLS', code: 'ENOTLS' });
  else if (known.message === 'There was an error establishing an SSL connection')
    Object.assign(known, {
      message: 'the server answered the request for TLS with an error',
      code: 'ENOTLS',
    });
  else if (isSocket(target) && codeOf(known) === 'ENOENT')
    known.message = `there is no socket for port ${target.port} in ${target.host}; is Postgres running? To connect over the network, name a host`;
  return known;
}
