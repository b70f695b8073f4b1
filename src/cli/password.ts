import { buffer } from 'node:stream/consumers';
import { RollcallError } from '../core/errors.ts';

const longest = 1_024;

/**
 * A password from the terminal, not shown, or from standard input; never from an argument, which everybody on the
 * machine could read.
 *
 * @param twice asks again, for a password that is new
 */
export async function askPassword(fromStdin: boolean, prompt: string, twice = false): Promise<string> {
  if (fromStdin) return checked((await readStdin()).replace(/\r?\n$/, ''));
  if (!process.stdin.isTTY) {
    throw new RollcallError('usage', 'there is no terminal to ask for a password; use --password-stdin');
  }
  const { read } = await import('read');
  const ask = (question: string) => read({ prompt: question, silent: true, output: process.stderr });
  try {
    const password = checked(await ask(`${prompt}: `));
    process.stderr.write('\n');
    if (twice && password !== (await ask('Once more: ')))
      throw new RollcallError('usage', 'the two passwords differ');
    return password;
  } catch (error) {
    if (error instanceof RollcallError) throw error;
    throw new RollcallError('interrupted', 'interrupted; nothing was changed');
  } finally {
    process.stderr.write('\n');
  }
}

async function readStdin(): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await buffer(process.stdin));
  } catch {
    throw new RollcallError('usage', 'the password on standard input is not UTF-8');
  }
}

function checked(password: string): string {
  if (password.length > longest)
    throw new RollcallError('usage', `the password has more than ${longest} characters`);
  if (password.includes('\0') || password.includes('\n')) {
    throw new RollcallError('usage', 'the password holds a NUL or a line feed');
  }
  return password;
}
