import { RollcallError } from '../../core/errors.ts';
import { post } from '../http/request.ts';
import { nameOf, type HttpSettings } from '../http/settings.ts';

/** How to ask the directory about a password. */
interface LoginSettings {
  /** The value of `cmd`. */
  command: string;
  userNameParameter: string;
  passwordParameter: string;
  /** The member of the answer that is `true` for a correct password. */
  answerMember: string;
  /** In milliseconds. */
  timeout: number;
}

/** How to reach a server, and how to ask it about a password. */
export type ServerSettings = HttpSettings & { login: LoginSettings };

/** In bytes. An answer has one member; anything longer is something else. */
const longestAnswer = 64 * 1024;

/**
 * Asks the directory whether a password is correct.
 *
 * @returns true only if the answer contains an explicit `true`
 * @param signal ends it, at the latest when the time for a login is over
 * @throws RollcallError when there is no valid answer; it never contains the password
 */
export async function checkPassword(
  settings: ServerSettings,
  userName: string,
  password: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { answerMember, timeout } = settings.login;
  const { connect, idle } = settings.timeouts;
  const timeouts = {
    connect: Math.min(connect, timeout),
    idle: Math.min(idle, timeout),
    // The caller's signal is first, and says more.
    total: 2 * timeout,
  };
  const form = loginForm(settings, userName, password);
  const { body } = await post({ ...settings, timeouts, maxSize: longestAnswer }, form, signal);
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const answer = parseObject(Buffer.concat(chunks).toString());
  if (answer === null)
    throw new RollcallError('failed', `${nameOf(settings.url)} did not answer a login with a JSON object`);
  return Object.hasOwn(answer, answerMember) && answer[answerMember] === true;
}

/** The form that asks about a password. */
export function loginForm({ login }: ServerSettings, userName: string, password: string) {
  const { command, userNameParameter, passwordParameter } = login;
  return { cmd: command, [userNameParameter]: userName, [passwordParameter]: password };
}

/** A JSON object, or null when the text is something else. */
export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/, ''));
    return typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown> | null)
      : null;
  } catch {
    return null;
  }
}
