import { isUtf8 } from 'node:buffer';
import { spawn } from 'node:child_process';
import { createReadStream, fstatSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { exitCodes, RollcallError } from '../core/errors.ts';
import { visible } from '../core/text.ts';
import { verifyLogin, type Verdict } from '../login/login.ts';
import { withStore, type CommonOptions } from './context.ts';
import { askPassword } from './password.ts';
import { printJson, say } from './print.ts';

export interface LoginOptions extends CommonOptions {
  passwordStdin?: boolean;
  checkpassword?: boolean;
  format: 'text' | 'json';
}

/** `rollcall login USER`, and `rollcall login --checkpassword PROGRAM…` */
export async function login(words: string[], options: LoginOptions): Promise<void> {
  if (options.checkpassword === true) return checkpassword(words, options);
  const [userName, ...more] = words;
  if (userName === undefined || more.length > 0)
    throw new RollcallError('usage', 'login needs the name of one user');
  const password = await askPassword(options.passwordStdin === true, `Password of ${visible(userName)}`);
  const verdict = await verify(userName, password, options);
  const { accepted } = verdict;
  if (options.format === 'json') {
    await printJson('login', [{ type: 'login', accepted }], accepted ? 'done' : 'rejected');
  } else if (accepted) await say('accepted');
  if (accepted) return;
  process.exitCode = exitCodes.rejected.code;
  // One message for every reason.
  process.stderr.write('rollcall: the login was rejected\n');
}

async function verify(userName: string, password: string, options: LoginOptions): Promise<Verdict> {
  return withStore(options, async ({ config, store, terminal, signal }) => {
    const verdict = await verifyLogin(store, config.directory, userName, password, signal);
    if (!verdict.accepted) terminal.tell(`rejected: ${verdict.reason}`);
    return verdict;
  });
}

const longestRequest = 512;

/** Exit codes of the protocol, which are not ours. */
const protocol = { rejected: 1, misused: 2, temporary: 111 };

/**
 * The checkpassword protocol (https://cr.yp.to/checkpwd/interface.html): name and password come on descriptor 3,
 * each ended by a NUL; an accepted login runs the program, with the user in its environment.
 */
async function checkpassword([program, ...args]: string[], options: LoginOptions): Promise<void> {
  const request = await readDescriptor();
  const fields = request.toString('utf8').split('\0');
  const [userName = '', password = ''] = fields;
  if (program === undefined || fields.length < 3) {
    process.exitCode = protocol.misused;
    return;
  }
  // Decoded, all that is no text looks alike: another password could be taken for the right one.
  if (!isUtf8(request)) {
    process.exitCode = protocol.rejected;
    return;
  }
  try {
    const verdict = await verify(userName, password, options);
    if (!verdict.accepted) process.exitCode = protocol.rejected;
    else process.exitCode = await runProgram(program, args, verdict.userName);
  } catch (error) {
    const message = error instanceof RollcallError ? error.message : 'a bug in rollcall';
    process.stderr.write(`rollcall: ${message}\n`);
    process.exitCode = protocol.temporary;
  }
}

async function readDescriptor(): Promise<Buffer> {
  try {
    const kind = fstatSync(3);
    // Where nobody opened it, the number is one of Node's own, which must not be read and closed.
    if (!kind.isFIFO() && !kind.isSocket() && !kind.isFile()) return Buffer.alloc(0);
    const request = await buffer(createReadStream('', { fd: 3 }));
    return request.length > longestRequest ? Buffer.alloc(0) : request;
  } catch {
    return Buffer.alloc(0);
  }
}

async function runProgram(program: string, args: string[], userName: string): Promise<number> {
  // Descriptor 4 is where Dovecot's program answers.
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
