import { isUtf8 } from 'node:buffer';
import { spawn } from 'node:child_process';
import { createReadStream, fstatSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import type { Verdict } from '../accounts/verify-login.ts';
import { RollcallError } from '../core/errors.ts';
import { log } from './log.ts';

const longestRequest = 512;

/** Exit codes that the protocol defines; they differ from rollcall's own. */
const protocol = { rejected: 1, misused: 2, temporary: 111 };

/**
 * The checkpassword protocol (https://cr.yp.to/checkpwd/interface.html): name and password arrive on descriptor 3,
 * each terminated by a NUL; an accepted login runs the program with the user in its environment.
 *
 * @param verify checks a name and a password
 */
export async function checkpassword(
  [program, ...args]: string[],
  verify: (userName: string, password: string) => Promise<Verdict>,
): Promise<void> {
  const request = await readDescriptor();
  const fields = request.toString('utf8').split('\0');
  const [userName = '', password = ''] = fields;
  if (program === undefined || fields.length < 3) {
    process.exitCode = protocol.misused;
    return;
  }
  // Decoding replaces every invalid byte with the same character, so a wrong password could match the right one.
  if (!isUtf8(request)) {
    process.exitCode = protocol.rejected;
    return;
  }
  try {
    const verdict = await verify(userName, password);
    if (!verdict.accepted) process.exitCode = protocol.rejected;
    else process.exitCode = await runProgram(program, args, verdict.userName);
  } catch (error) {
    const message = error instanceof RollcallError ? error.message : 'a bug in rollcall';
    log('error', message);
    process.exitCode = protocol.temporary;
  }
}

async function readDescriptor(): Promise<Buffer> {
  try {
    const kind = fstatSync(3);
    // If the caller did not open descriptor 3, it belongs to Node itself and must not be read or closed.
    if (!kind.isFIFO() && !kind.isSocket() && !kind.isFile()) return Buffer.alloc(0);
    const request = await buffer(createReadStream('', { fd: 3 }));
    return request.length > longestRequest ? Buffer.alloc(0) : request;
  } catch {
    return Buffer.alloc(0);
  }
}

async function runProgram(program: string, args: string[], userName: string): Promise<number> {
  // Dovecot's program replies on descriptor 4.
  const child = spawn(program, args, {
    stdio: ['inherit', 'inherit', 'inherit', 'ignore', 4],
    env: { ...process.env, USER: userName },
  });
  process.once('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => {
    child.once('error', () => resolve(protocol.temporary));
    child.once('close', (code) => resolve(code ?? protocol.temporary));
  });
}
