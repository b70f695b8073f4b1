import { CommanderError } from 'commander';
import { exitCodes, messageOf, RollcallError } from '../core/errors.ts';
import { visible } from '../core/text.ts';
import { buildProgram } from './program.ts';

/** Runs the command line; every end of it is decided here. */
export async function main(argv: string[]): Promise<void> {
  // A reader of standard error or output who goes away must not end a run in the middle.
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') process.exitCode ||= exitCodes.failed.code;
  });
  try {
    if (process.env['NODE_DEBUG']) {
      throw new RollcallError('usage', 'NODE_DEBUG makes Node print the passwords that are sent; unset it');
    }
    await buildProgram().parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error, argv.includes('--verbose')) || process.exitCode;
  }
  // All is closed. A socket that a library left open must not keep a cron job alive, and a signal that comes while Node
  // takes itself down must not make a committed run look like an interrupted one: this way out is the short one.
  await Promise.all([process.stdout, process.stderr].map(written));
  process.exit();
}

/** Waits until the last word has left this process, or its reader has, or has not moved for long enough. */
const written = (stream: NodeJS.WriteStream) =>
  new Promise<void>((resolve) => {
    stream.write('', () => resolve());
    setTimeout(resolve, 30_000);
  });

function report(error: unknown, verbose: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage.code;
  if (error instanceof RollcallError) {
    process.stderr.write(error.message.replace(/^/gm, 'rollcall: ') + '\n');
    return exitCodes[error.outcome].code;
  }
  const stack = verbose && error instanceof Error ? `\n${error.stack ?? ''}` : '; --verbose shows where';
  process.stderr.write(
    `rollcall: a bug in rollcall, please report it: ${visible(messageOf(error))}${stack}\n`,
  );
  return exitCodes.failed.code;
}
