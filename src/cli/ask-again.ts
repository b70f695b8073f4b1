import { buffer } from 'node:stream/consumers';
import { askTerminal } from './ask-password.ts';

/** Asks for a name or number again, because what follows cannot be undone; a script sends it on standard input. */
export async function askAgain(question: string): Promise<string> {
  if (process.stdin.isTTY) return askTerminal(question);
  return (await buffer(process.stdin)).toString('utf8').replace(/\r?\n$/, '');
}
