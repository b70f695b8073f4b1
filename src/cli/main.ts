import { CommanderError } from 'commander';
import { exitCodes, messageOf, RollcallError } from '../core/errors.ts';
import { visible } from '../core/text.ts';
import { buildProgram } from './program.ts';

/** Runs the command line; every end of it is decided here. */
export async function main(argv: string[]): Promise<void> {
  // A reader of standard error or output who goes away must not end a run in the middle.
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', () => undefined);
  try {
    await buildProgram().parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error, argv.includes('--verbose'));
  }
}

function report(error: unknown, verbose: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage.code;
  if (error instanceof RollcallError) {
    const prefix = error.outcome === 'config' && error.message.includes(':') ? '' : 'rollcall: ';
    process.stderr.write(`${prefix}${error.message}\n`);
    return exitCodes[error.outcome].code;
  }
  const stack = verbose && error instanceof Error ? `\n${error.stack ?? ''}` : '; --verbose shows where';
  process.stderr.write(
    `rollcall: a bug in rollcall, please report it: ${visible(messageOf(error))}${stack}\n`,
  );
  return exitCodes.failed.code;
}
