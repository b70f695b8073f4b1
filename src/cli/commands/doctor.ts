import { RollcallError } from '../../core/errors.ts';
import type { Patient } from '../../health/doctor/examine.ts';
import { configOf, currentActor } from '../context.ts';
import type { GlobalOptions, Group, OptionsOf } from '../globals.ts';
import { textOrJson } from '../option-values.ts';
import { printFindings } from '../print-findings.ts';
import { letSignalsEnd, listenForSignals } from '../signals.ts';
import { Terminal } from '../terminal.ts';

const define = (doctor: Group) =>
  doctor
    .addOption(textOrJson())
    .addHelpText(
      'after',
      '\nIt changes nothing. The exit code is 1 if a check failed.\n\nExample:\n  rollcall doctor',
    );

type Options = OptionsOf<typeof define>;

export const addDoctor = (command: Group) =>
  define(command).action((_, command) => doctor(command.optsWithGlobals()));

async function doctor(options: Options): Promise<void> {
  const terminal = new Terminal(options);
  const patient = await admit(options);
  const { examine } = await import('../../health/doctor/examine.ts');
  const interruption = listenForSignals();
  try {
    await printFindings('doctor', options.format, examine(patient, interruption.signal), terminal);
  } finally {
    interruption.stop();
  }
}

/** The configuration with its problems, which are findings here. */
async function admit({ config }: GlobalOptions): Promise<Patient> {
  letSignalsEnd();
  const actor = currentActor();
  const machine = { node: process.versions.node, untested: untested(), uid: actor.uid };
  const { inspectConfig } = await import('../../config/load.ts');
  let file = 'rollcall.yaml';
  try {
    file = configOf({ config });
    const { config: settings, problems } = await inspectConfig(file, process);
    const warnings = settings?.warnings ?? [];
    return { configuration: { file, problems, warnings, unreadable: null }, settings, machine, actor };
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error;
    const configuration = { file, problems: [], warnings: [], unreadable: error.message };
    return { configuration, settings: null, machine, actor };
  }
}

/** The system and its C library, unless it is Linux with glibc. */
function untested(): string | null {
  if (process.platform !== 'linux') return process.platform;
  // It takes 5 to 30 ms, too long for every command.
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime === undefined ? 'Linux without glibc' : null;
}
