import { hostname, userInfo } from 'node:os';
import type { Config } from '../config/config.ts';
import { findConfig, loadConfig } from '../config/load.ts';
import { exitCodes, RollcallError } from '../core/errors.ts';
import type { Knex } from 'knex';
import { lockDatabase } from '../store/lock.ts';
import { migrate } from '../store/migrate.ts';
import { openStore } from '../store/open.ts';
import { inTransaction } from '../store/transaction.ts';
import type { Actor, Store } from '../store/store.ts';
import { Terminal, type TerminalOptions } from './terminal.ts';

/** What every command has. */
export interface CommonOptions extends TerminalOptions {
  config?: string | undefined;
}

export interface Context {
  config: Config;
  store: Store;
  terminal: Terminal;
  signal: AbortSignal;
}

/**
 * Runs a command with its configuration, its store and a signal that Ctrl-C and SIGTERM abort; whatever happens,
 * the store is closed.
 *
 * @param undone what an interrupted command says of what it has done; by default, that nothing was changed
 */
export async function withStore<T>(
  options: CommonOptions,
  work: (context: Context) => Promise<T>,
  undone?: string,
): Promise<T> {
  const terminal = new Terminal(options);
  const config = await loadConfig(findConfig(options.config, process.env), process.env);
  config.warnings.forEach((warning) => terminal.warn(warning));
  const interruption = listenForSignals(undone);
  try {
    const store = await openStore(config.database, currentActor());
    try {
      return await work({ config, store, terminal, signal: interruption.signal });
    } finally {
      await store.close();
    }
  } finally {
    interruption.stop();
  }
}

/**
 * Runs a command that is one transaction. `write` takes the lock of the database and commits; `read` leaves no trace,
 * also where there was no schema yet.
 */
export async function inDatabase<T>(
  options: CommonOptions,
  mode: 'read' | 'write',
  work: (db: Knex.Transaction, context: Context) => Promise<T>,
): Promise<T> {
  return withStore(options, (context) =>
    inTransaction(context.store, context.signal, async (db) => {
      if (mode === 'write') await lockDatabase(db, context.store);
      await migrate(db, context.store.schema);
      return { commit: mode === 'write', value: await work(db, context) };
    }),
  );
}

function currentActor(): Actor {
  return { user: currentUser(), host: hostname(), pid: process.pid, since: new Date() };
}

function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that has no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** How long an interrupted command may take to roll back and close. */
const patience = 5_000;

/**
 * The first Ctrl-C or SIGTERM aborts the signal, and what is under way is rolled back. The second, or a database or a
 * reader that does not let go, ends the process at once: the server rolls back what it has lost the connection of.
 */
function listenForSignals(undone?: string): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  const outcomes = { SIGINT: 'interrupted', SIGTERM: 'terminated' } as const;
  const stopOn = (name: NodeJS.Signals) => {
    const outcome = outcomes[name as keyof typeof outcomes];
    const giveUp = () => {
      const open = undone ?? '"rollcall history" tells whether a run was committed';
      process.stderr.write(`rollcall: ${outcome}; ${open}\n`);
      process.exit(exitCodes[outcome].code);
    };
    if (controller.signal.aborted) giveUp();
    controller.abort(new RollcallError(outcome, `${outcome}; ${undone ?? 'nothing was changed'}`));
    setTimeout(giveUp, patience).unref();
  };
  for (const name of Object.keys(outcomes)) process.on(name, stopOn);
  return {
    signal: controller.signal,
    // What comes after the end must not make a committed run look like an interrupted one.
    stop: () => {
      for (const name of Object.keys(outcomes)) process.off(name, stopOn).on(name, () => undefined);
    },
  };
}
