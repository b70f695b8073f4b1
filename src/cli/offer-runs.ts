import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { strangerOf } from '../config/find-config.ts';
import { loadConfig } from '../config/load.ts';
import { messageOf, RollcallError } from '../core/errors.ts';
import { readAnyVersion } from '../database/access.ts';
import { openStore, type DatabaseSettings } from '../database/open-store.ts';
import { runNumbers } from '../sync/run-history.ts';
import { configOf, currentActor, seeker } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import type { GlobalOptions } from './globals.ts';
import { say } from './output.ts';
import { letSignalsEnd } from './signals.ts';
import { Terminal } from './terminal.ts';

/**
 * How long somebody who presses Tab waits at most, in milliseconds. An embedded store is locked all this time, which must be
 * shorter than a run waits for it.
 */
const patience = { server: 1_500, all: 2_500 };

/** As many fit on a screen. */
const most = 100;

/**
 * Prints the numbers of runs that begin with these digits, for the completion of a shell. It says nothing of what fails, and
 * creates nothing.
 */
export async function offerRuns(digits: string, options: GlobalOptions): Promise<void> {
  endLater();
  try {
    const numbers = /^\d*$/.test(digits) ? await numbersOf(digits, options) : [];
    if (numbers.length > 0) await say(numbers.join('\n'));
  } catch (error) {
    new Terminal(options).tell(messageOf(error));
    process.exitCode = exitCodes.failed.code;
  }
}

async function numbersOf(digits: string, options: GlobalOptions): Promise<string[]> {
  const file = configOf(options);
  // Nobody who presses Tab expects that a password is sent to where the file of somebody else says, named or not.
  const stranger = strangerOf(file, dirname(file), seeker());
  if (stranger !== null) throw new RollcallError('config', `the configuration ${stranger}`);
  // What is in a pipe is meant for the command that is being typed.
  if (!(await stat(file)).isFile()) throw new RollcallError('config', 'the configuration is not a file');
  const { database } = await loadConfig(file, process);
  if (database.kind === 'postgres') setTimeout(end, patience.server).unref();
  return readNumbers(database, digits);
}

async function readNumbers(database: DatabaseSettings, digits: string): Promise<string[]> {
  const store = await openStore(database, currentActor());
  try {
    if (!(await store.openIfFree())) return [];
    const { signal } = new AbortController();
    return await readAnyVersion(store, signal, [], (db) => runNumbers(db, digits, most));
  } finally {
    await store.close();
  }
}

/** Ends this process in time even while it waits for a file, which is deaf to a timer of its own. */
function endLater(): void {
  letSignalsEnd();
  const late = `setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${patience.all})`;
  new Worker(late, { eval: true }).unref();
}

const end = () => process.kill(process.pid, 'SIGKILL');
