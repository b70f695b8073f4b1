import { buffer } from 'node:stream/consumers';
import { RollcallError } from '../core/errors.ts';

const longest = 1_024;

/**
 * Reads a password from the terminal, without echo, or from standard input. Never from an argument, which any user on
 * the machine could read.
 */
export const askPassword = (fromStdin: boolean, prompt: string) => ask(fromStdin, prompt, false);

/** Asks for a new password twice; it must not be empty. */
export async function askNewPassword(fromStdin: boolean, prompt: string): Promise<string> {
  const password = await ask(fromStdin, prompt, true);
  if (password === '') throw new RollcallError('usage', 'the password must not be empty');
  return password;
}

async function ask(fromStdin: boolean, prompt: string, twice: boolean): Promise<string> {
  if (fromStdin) return checked((await readStdin()).replace(/\r?\n$/, ''));
  if (!process.stdin.isTTY) {
    throw new RollcallError('usage', 'there is no terminal to ask for a password; use --password-stdin');
  }
  const { read } = await import('read');
  const hidden = (question: string) => read({ prompt: question, silent: true, output: process.stderr });
  try {
    const password = checked(await hidden(`${prompt}: `));
    process.stderr.write('\n');
    if (twice && password !== (await hidden('Repeat the password: ')))
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
    throw new RollcallError('usage', `the password is longer than ${longest} characters`);
  if (password.includes('\0') || password.includes('\n')) {
    throw new RollcallError('usage', 'the password contains a NUL or a line feed');
  }
  return password;
}
