import { buffer } from 'node:stream/consumers';
import { RollcallError } from '../core/errors.ts';
import { count } from '../core/printable.ts';
import type { Terminal } from './terminal.ts';

const longest = 1_024;

/**
 * Reads a password from the terminal, without echo, or from standard input. Never from an argument, which any user on
 * the machine could read.
 */
export const askPassword = (fromStdin: boolean, prompt: string) => ask(fromStdin, prompt, false);

/** Shorter ones are guessed (NIST SP 800-63B). */
const shortest = 8;

/** Asks for a new password twice; it must not be empty, and a short one causes a warning. */
export async function askNewPassword(
  fromStdin: boolean,
  prompt: string,
  terminal: Terminal,
): Promise<string> {
  const password = await ask(fromStdin, prompt, true);
  if (password === '') throw new RollcallError('usage', 'the password must not be empty');
  const { length } = Array.from(password);
  if (length < shortest) {
    terminal.warn(
      `the password has only ${count(length, 'character')}; ${shortest} or more are hard to guess`,
    );
  }
  return password;
}

async function ask(fromStdin: boolean, prompt: string, twice: boolean): Promise<string> {
  if (fromStdin) return checked((await readStdin()).replace(/\r?\n$/, ''));
  if (!process.stdin.isTTY) {
    throw new RollcallError('usage', 'there is no terminal to ask for a password; use --password-stdin');
  }
  try {
    const password = checked(await askTerminal(`${prompt}: `, true));
    process.stderr.write('\n');
    if (twice && password !== (await askTerminal('Repeat the password: ', true)))
      throw new RollcallError('usage', 'the two passwords differ');
    return password;
  } finally {
    process.stderr.write('\n');
  }
}

/**
 * Asks a question on the terminal.
 *
 * @param silent does not show the answer
 * @throws RollcallError (130) after Ctrl-C
 */
export async function askTerminal(prompt: string, silent = false): Promise<string> {
  const { read } = await import('read');
  try {
    return await read({ prompt, silent, output: process.stderr });
  } catch {
    throw new RollcallError('interrupted', 'interrupted; nothing was changed');
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
