import { RollcallError } from '../core/errors.ts';
import { nameOf, post, type DirectorySettings } from './transport.ts';

/** How the directory is asked for a password. */
interface LoginSettings {
  /** The value of `cmd`. */
  command: string;
  userNameParameter: string;
  passwordParameter: string;
  /** The member of the answer that is `true` for a yes. */
  answerMember: string;
}

/** A directory that can be asked for a password. */
export type LoginDirectory = DirectorySettings & { login: LoginSettings };

/** An answer holds one member; whatever is longer is something else. */
const longestAnswer = 64 * 1024;

/**
 * Asks the directory whether a password is right.
 *
 * @returns true only when the answer says so with an explicit `true`
 * @throws RollcallError when there is no proper answer, which is never a yes; it never holds the password
 */
export async function checkPassword(
  settings: LoginDirectory,
  userName: string,
  password: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { command, userNameParameter, passwordParameter, answerMember } = settings.login;
  const form = { cmd: command, [userNameParameter]: userName, [passwordParameter]: password };
  const { body } = await post({ ...settings, maxSize: longestAnswer }, form, signal);
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const answer = parseObject(Buffer.concat(chunks).toString());
  if (answer === null)
    throw new RollcallError(
      'failed',
      `${nameOf(settings.url)} answered a login with something that is no JSON object`,
    );
  return Object.hasOwn(answer, answerMember) && answer[answerMember] === true;
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/, ''));
    return typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown> | null)
      : null;
  } catch {
    return null;
  }
}
