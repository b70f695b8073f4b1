import pg from 'pg';
import { messageOf } from '../../core/errors.ts';
import { codeOf } from '../failure.ts';
import { reach } from './attempt.ts';
import { hangUp } from './hang-up.ts';
import { targetName, type Connection, type Target } from '../../connection/connection.ts';
import { gradeOf, sessionError } from './session.ts';

/**
 * Makes the function that opens connections as `dial` does. The later ones go to the server of the last one while it
 * accepts them: only there can a statement be cancelled, and the outcome of a commit be asked for.
 */
export function dialer(connection: Connection, signal: AbortSignal): () => Promise<pg.Client> {
  let last: Target[] = [];
  return async () => {
    const others = connection.targets.filter((target) => !last.includes(target));
    const { client, target } = await dial({ ...connection, targets: [...last, ...others] }, signal);
    last = [target];
    return client;
  };
}

/**
 * Opens a connection to the first target that accepts it and has the wanted session; if none has, to the first one that
 * is acceptable. After an answer such as a wrong password, no other target is asked, as in libpq.
 *
 * @param signal when it aborts, all attempts end
 * @throws the error of the only target; of several, one that names each with its reason, and has the last code
 */
async function dial(connection: Connection, signal: AbortSignal): Promise<Reached> {
  const failures: Failure[] = [];
  const acceptable: Reached[] = [];
  try {
    for (const target of connection.targets) {
      signal.throwIfAborted();
      try {
        const reached = { client: await reach(connection, target, signal), target };
        const grade = await gradeOf(reached.client, connection).catch(async (error: unknown) => {
          await hangUp(reached.client);
          throw error;
        });
        if (grade === 'wanted') return reached;
        if (grade === 'acceptable' && acceptable.length === 0) acceptable.push(reached);
        else await hangUp(reached.client);
        if (grade === 'unfit') throw sessionError(connection.session);
      } catch (error) {
        if (connection.targets.length === 1 || codeOf(error) === null) throw error;
        failures.push({ target, error: error as Error });
        if (isFinal(error)) break;
      }
    }
    const first = acceptable.shift();
    if (first !== undefined) return first;
    throw together(failures);
  } finally {
    for (const { client } of acceptable) await hangUp(client);
  }
}

/** The most that `dial` takes, in milliseconds. */
export const patienceOf = ({ targets, timeout }: Connection): number => 3 * timeout * targets.length;

interface Reached {
  client: pg.Client;
  target: Target;
}

interface Failure {
  target: Target;
  error: Error;
}

/** Whether the server has answered, and not only that it is starting or stopping. */
export const isFinal = (error: unknown) =>
  codeOf(error) === '28P01' || (error instanceof pg.DatabaseError && !/^57P0[123]$/.test(error.code ?? ''));

const together = (failures: Failure[]): Error =>
  Object.assign(
    new Error(failures.map(({ target, error }) => `${targetName(target)}: ${messageOf(error)}`).join('; ')),
    { code: codeOf(failures.at(-1)?.error) },
  );
