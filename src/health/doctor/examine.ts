import type { AfterSettings } from '../../after/after-settings.ts';
import type { Finding } from '../../core/finding.ts';
import type { DatabaseSettings } from '../../database/open-store.ts';
import type { Actor } from '../../database/store.ts';
import type { DirectorySettings } from '../../directory/open-directory.ts';
import { afterFindings } from './after-steps.ts';
import { clockFindings, theDatabase, type OtherClock } from './clock-findings.ts';
import { configurationFindings, type CheckedConfiguration } from './configuration-steps.ts';
import { directoryAnswer, type Arrival } from './directory-answer.ts';
import { serverSteps } from './directory-server.ts';
import { lockFolder, machineSteps, type Machine } from './machine-steps.ts';
import { moment, Patience } from './patience.ts';
import { skipped } from './verdicts.ts';

/** How long doctor waits, in milliseconds. */
const usual = {
  all: 55_000,
  /** For an embedded store: less than a run waits for it, so that one that starts meanwhile is not refused. */
  opening: 2_000,
};

/** What is examined. */
export interface Patient {
  configuration: CheckedConfiguration;
  /** Null if the configuration has problems. */
  settings: { directory: DirectorySettings; database: DatabaseSettings; after: AfterSettings } | null;
  machine: Machine;
  actor: Actor;
}

/**
 * Checks all that a run needs, and what follows it, one step after the other. It changes nothing: it makes no table, no folder and no lock that a
 * run could meet. Whatever does not answer is given up after seconds, and all of it after a minute.
 *
 * @throws the reason of the signal
 */
export async function* examine(
  patient: Patient,
  signal: AbortSignal,
  { all, opening } = usual,
): AsyncGenerator<Finding> {
  const { configuration, settings, machine, actor } = patient;
  const patience = new Patience(signal, all);
  yield* configurationFindings(configuration);
  yield* machineSteps(machine, patience);
  if (settings === null) {
    for (const check of ['directory', 'database']) yield skipped(check, 'the configuration is not valid');
    return;
  }
  const { directory, database, after } = settings;
  const arrival: Arrival = { expiresAt: null, ahead: null };
  if ('file' in directory) yield* await directoryAnswer(directory, arrival, patience);
  else yield* serverSteps(directory, arrival, patience);
  const clocks: OtherClock[] =
    arrival.ahead === null ? [] : [{ whose: 'the directory', ahead: arrival.ahead }];
  if (database.kind === 'embedded') {
    const { embeddedSteps } = await import('./embedded-steps.ts');
    yield* embeddedSteps(database.folder, actor, opening, patience);
  } else {
    const { databaseSteps } = await import('./database-steps.ts');
    yield* await patience.step('lockFolder', moment, () => lockFolder(machine));
    yield* databaseSteps(database, actor, clocks, patience);
  }
  const isComplete = database.kind === 'embedded' || clocks.some(({ whose }) => whose === theDatabase);
  yield* clockFindings(clocks, isComplete);
  yield* await afterFindings(after, machine, patience);
}
