import { messageOf, RollcallError } from '../core/errors.ts';
import { jsonError, jsonHeader } from '../report/json.ts';
import { configOf } from './context.ts';
import { endOf, streamHeader } from './output.ts';
import { Sink } from './sink.ts';

/** What is needed of a command, whatever its options. */
export interface AnyCommand {
  name: () => string;
  parent: AnyCommand | null;
  optsWithGlobals: () => object;
}

/**
 * Ends the JSON of a command that failed with an `error` object, also in the file of `--output`: else the result of the last
 * run would still be there.
 */
export async function printFailure(command: AnyCommand, error: unknown): Promise<void> {
  const { format, output, config } = command.optsWithGlobals() as Record<string, string | undefined>;
  if (format !== 'json') return;
  const file = output === '-' ? undefined : output;
  try {
    const sink = await Sink.open(file, { config: configOf({ config }) });
    if (file !== undefined || !Sink.hasSpoken) await sink.write(jsonHeader(streamHeader(nameOf(command))));
    await sink.write(jsonError(failureOf(error)));
    await sink.close();
  } catch {
    // Standard error has the failure already, and the file may be the failure.
  }
}

function failureOf(error: unknown) {
  const { code = null, hint = null } = error as { code?: string | null; hint?: string | null };
  if (!(error instanceof RollcallError)) {
    const message = `a bug in rollcall: ${messageOf(error)}`;
    return { ...endOf('failed'), code: 'bug', message, hint: null, changed: 'unknown' as const };
  }
  const { message, outcome, changed } = error;
  return { ...endOf(outcome), code, message, hint, changed };
}

/** `sync test`: the command without the program. */
function nameOf(command: AnyCommand): string {
  const { parent } = command;
  return parent === null || parent.parent === null ? command.name() : `${nameOf(parent)} ${command.name()}`;
}
