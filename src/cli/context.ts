import { hostname, userInfo } from 'node:os';
import type { Knex } from 'knex';
import type { Config } from '../config/config.ts';
import { findConfig, type Seeker } from '../config/find-config.ts';
import { read, write } from '../database/access.ts';
import { openStore } from '../database/open-store.ts';
import type { Actor, Store } from '../database/store.ts';
import type { GlobalOptions } from './globals.ts';
import { letSignalsEnd, listenForSignals } from './signals.ts';
import { Terminal, type TerminalOptions } from './terminal.ts';

export interface Context {
  config: Config;
  store: Store;
  terminal: Terminal;
  signal: AbortSignal;
}

/** Loads the configuration and prints its warnings. */
export async function loadConfiguration(options: GlobalOptions, terminal: Terminal): Promise<Config> {
  letSignalsEnd();
  const { loadConfig } = await import('../config/load.ts');
  const config = await loadConfig(configOf(options), process);
  config.warnings.forEach((warning) => terminal.warn(warning));
  return config;
}

/**
 * Runs a command with its configuration, an open store and a signal that Ctrl-C and SIGTERM abort. The store is always
 * closed afterwards.
 *
 * @param stays what an interrupted command reports as done; by default, that nothing was changed
 */
export async function withStore<T>(
  options: TerminalOptions,
  work: (context: Context) => Promise<T>,
  stays?: string,
): Promise<T> {
  const terminal = new Terminal(options);
  const config = await loadConfiguration(options, terminal);
  const interruption = listenForSignals(stays);
  try {
    const store = await openStore(config.database, currentActor(), (message) => terminal.warn(message));
    try {
      return await work({ config, store, terminal, signal: interruption.signal });
    } finally {
      await store.close();
    }
  } finally {
    interruption.stop();
  }
}

/** Runs a command that is one transaction: `read` leaves no trace, `write` commits. */
export async function inDatabase<T>(
  options: GlobalOptions,
  mode: 'read' | 'write',
  work: (db: Knex.Transaction, context: Context) => Promise<T>,
): Promise<T> {
  const access = { read, write }[mode];
  return withStore(options, (context) => access(context.store, context.signal, (db) => work(db, context)));
}

/** The configuration file of a command. */
export const configOf = ({ config }: { config?: string | undefined }): string => findConfig(config, seeker());

export const seeker = (): Seeker => ({ env: process.env, uid: currentActor().uid });

/** Who runs this process. */
export function currentActor(): Actor {
  return { user: currentUser(), host: hostname(), pid: process.pid, uid: process.geteuid?.() ?? 0 };
}

function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the user ID may have no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
