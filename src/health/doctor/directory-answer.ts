import { RollcallError } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import { count, visible } from '../../core/printable.ts';
import { openDirectory, type DirectorySettings } from '../../directory/open-directory.ts';
import { ageFindings } from './listing-age.ts';
import { moment, TooLate, type Patience } from './patience.ts';
import { failed, failure, ok, warning } from './verdicts.ts';

/** In milliseconds. A large directory may need longer; then what has arrived has to do. */
const silence = 15_000;
const whole = 25_000;

/** What came with the answer of the directory. */
export interface Arrival {
  /** When its certificate expires; null without TLS, or without an answer. */
  expiresAt: Date | null;
  /** By how many milliseconds its clock is ahead of ours; null if it does not say. */
  ahead: number | null;
}

/**
 * Asks for the listing as a run does, and counts it. Nothing is compared with the stored users.
 *
 * @param most how long it may take, in milliseconds
 */
export function directoryAnswer(
  settings: DirectorySettings,
  arrival: Arrival,
  patience: Patience,
  most = whole,
): Promise<Finding[]> {
  const check = 'file' in settings ? 'directoryFile' : 'directoryAnswer';
  return patience.step(check, most + moment, (signal) => ask(check, settings, arrival, most, signal));
}

async function ask(
  check: string,
  settings: DirectorySettings,
  arrival: Arrival,
  most: number,
  signal: AbortSignal,
): Promise<Finding[]> {
  const began = Date.now();
  let arrived = 0;
  const clock = new AbortController();
  const timer = setTimeout(() => clock.abort(new TooLate(most)), most);
  try {
    const directory = openDirectory(impatient(settings));
    const listing = await directory.fetch(AbortSignal.any([signal, clock.signal]), {
      answered: (date) => (arrival.ahead = date === null ? null : date.getTime() - Date.now()),
      certificate: (expiresAt) => (arrival.expiresAt = expiresAt),
      received: (bytes) => (arrived = bytes),
    });
    try {
      const took = Date.now() - began;
      let entries = 0;
      for await (const batch of listing.entries()) {
        entries += batch.length;
        signal.throwIfAborted();
      }
      const age = 'file' in settings ? await ageFindings(check, settings.file) : [];
      return [sizeOf(check, entries, arrived, took), ...age];
    } finally {
      await listing.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    return [
      error instanceof TooLate ? late(check, most, arrived, settings) : unanswered(check, error, settings),
    ];
  } finally {
    clearTimeout(timer);
  }
}

/** One attempt, so that a passing failure is told, too. */
function impatient(settings: DirectorySettings): DirectorySettings {
  if ('file' in settings) return settings;
  const { connect, idle } = settings.timeouts;
  const timeouts = {
    connect: Math.min(connect, moment),
    idle: Math.min(idle, silence),
    // Ours comes first, and says how much has arrived.
    total: 2 * whole,
  };
  return { ...settings, timeouts, retries: 0 };
}

function sizeOf(check: string, entries: number, bytes: number, ms: number): Finding {
  const said = `${count(entries, 'entry', 'entries')}, ${inBytes(bytes)}, in ${(ms / 1_000).toFixed(1)} s`;
  if (entries > 0) return ok(check, said);
  const hint =
    'a run with an empty list is blocked as soon as users are stored: look at what the directory reads';
  return warning(check, `the list is empty (${said})`, hint);
}

const inBytes = (bytes: number) =>
  bytes < 10_000
    ? count(bytes, 'byte')
    : bytes < 10_000_000
      ? `${Math.round(bytes / 1_000)} kB`
      : `${Math.round(bytes / 1_000_000)} MB`;

function unanswered(check: string, error: unknown, settings: DirectorySettings): Finding {
  if (!(error instanceof RollcallError)) throw error;
  const { message } = error;
  if (message.includes('complete JSON array'))
    return failed(check, message, 'see what a directory must answer: docs/protocol.md');
  if (message.includes('(timeouts.idle)') && 'url' in settings && settings.timeouts.idle > silence)
    return failed(check, message, `if it needs longer: a run waits for ${settings.timeouts.idle / 1_000} s`);
  const advice =
    'file' in settings ? 'directory.file must be a listing in JSON' : 'see the log of the server';
  return failure(check, error, advice);
}

/** Not all of it came in time. */
function late(check: string, most: number, arrived: number, settings: DirectorySettings): Finding {
  const isFile = 'file' in settings;
  const time = `within ${most / 1_000} s`;
  if (arrived === 0) {
    const said = isFile ? `nothing could be read of ${visible(settings.file)}` : 'nothing arrived';
    const hint = isFile
      ? 'a run would wait, too: if it is a pipe (FIFO), nobody writes to it; name a file that is complete'
      : 'see the log of the server';
    return failed(check, `${said} ${time}`, hint);
  }
  const hint = isFile
    ? 'a run waits for all of it: look at the disk, or at what writes to it'
    : 'a run waits longer (directory.timeouts.total); look at why it takes so long';
  return warning(check, `only ${inBytes(arrived)} arrived ${time}`, hint);
}
