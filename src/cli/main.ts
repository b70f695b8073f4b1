import { CommanderError } from '@commander-js/extra-typings';
import { writeSync } from 'node:fs';
import { messageOf, RollcallError } from '../core/errors.ts';
import { visible } from '../core/printable.ts';
import { exitCodes } from './exit-codes.ts';
import type { AnyCommand } from './failed-result.ts';
import { chooseLogFormat, isLogJson, log } from './log.ts';
import { buildProgram } from './program.ts';

/** Runs the command line. Every exit code and every final error message is decided here. */
export async function main(argv: string[]): Promise<void> {
  // A reader that closes standard output or error must not end a run in the middle.
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') process.exitCode ||= exitCodes.failed.code;
  });
  let isDone = false;
  process.once('exit', (code) => {
    if (!isDone && code === 0) process.exitCode = reportStall();
  });
  chooseLogFormat(argv);
  showWarnings(isVerbose(argv));
  let running = null as AnyCommand | null;
  try {
    if (process.env['NODE_DEBUG']) {
      throw new RollcallError('usage', 'NODE_DEBUG makes Node print the passwords that it sends; unset it');
    }
    await buildProgram()
      .hook('preAction', (_, action) => {
        running = action;
      })
      .parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error, isVerbose(argv)) || process.exitCode;
    if (running !== null) await (await import('./failed-result.ts')).printFailure(running, error);
  }
  // Everything is closed. Exit now: a socket that a library left open would keep a cron job alive, and a signal during
  // Node's own shutdown would make a committed run look interrupted.
  await Promise.all([process.stdout, process.stderr].map(written));
  isDone = true;
  process.exit();
}

/** When nothing is left that could wake this process, Node ends it with 0, whatever was still to be done. */
function reportStall(): number {
  writeSync(2, 'rollcall: a bug in rollcall, please report it: it stopped in the middle of its work\n');
  return exitCodes.failed.code;
}

/** Warnings of Node and of libraries are for developers. Node would print each in several lines, into the mail of cron. */
function showWarnings(verbose: boolean): void {
  process.removeAllListeners('warning');
  if (!verbose) return;
  process.on('warning', ({ name, message }) => {
    log('debug', `${name}: ${visible(message)}`);
  });
}

/** The launcher has the same check, because source maps must be enabled before anything is loaded. */
const isVerbose = (argv: string[]) => argv.some((word) => /^(--verbose|-[a-z]*v[a-z]*)$/.test(word));

/** Waits until all output is written, the reader is gone, or the reader has been stuck for 30 seconds. */
const written = (stream: NodeJS.WriteStream) =>
  new Promise<void>((resolve) => {
    stream.write('', () => resolve());
    setTimeout(resolve, 30_000);
  });

function report(error: unknown, verbose: boolean): number {
  // Already printed by usage.ts.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage.code;
  if (error instanceof RollcallError) {
    log('error', error.message, { outcome: error.outcome });
    return exitCodes[error.outcome].code;
  }
  const words = `a bug in rollcall, please report it: ${visible(messageOf(error))}`;
  const stack = verbose && error instanceof Error ? (error.stack ?? '') : null;
  log('error', stack === null ? `${words}; --verbose shows where` : words, { outcome: 'failed', stack });
  if (stack !== null && !isLogJson()) process.stderr.write(`${stack}\n`);
  return exitCodes.failed.code;
}
