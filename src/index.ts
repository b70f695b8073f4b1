/// <reference lib="esnext.disposable" preserve="true" />
import { hostname } from 'node:os';
import { verifyLogin } from './accounts/verify-login.ts';
import { loadConfig } from './config/load.ts';
import type { OptionalMember } from './core/members.ts';
import type { Limits } from './core/limits.ts';
import type { Answers, PlanItem, RunResult } from './core/plan.ts';
import { openStore } from './database/open-store.ts';
import { openDirectory } from './directory/open-directory.ts';
import { addressesOf, addressKeysIn } from './mail/addresses.ts';
import { splitMessage } from './mail/header.ts';
import { resolveArchives } from './mail/resolve.ts';
import { sync, type RunObserver } from './sync/run.ts';
import { version } from './files/assets.ts';

export { RollcallError } from './core/errors.ts';
export type { Outcome } from './core/errors.ts';
export type { OptionalMember } from './core/members.ts';
export type { SkipReason } from './core/skip-reason.ts';
export type { Block, DeletionLimit, Limit, Limits, MissingMember, Overlap } from './core/limits.ts';
export type {
  Absence,
  Answer,
  Answers,
  ArchiveChange,
  Change,
  Counts,
  Doubt,
  NameHolder,
  Notice,
  PlanItem,
  Profile,
  Remark,
  RunResult,
  Skipped,
  UserState,
} from './core/plan.ts';

/** rollcall as a library, for a mail archive written in Node. */
export interface Rollcall {
  /** Warnings about the configuration, which the commands print on standard error. */
  readonly warnings: readonly string[];
  /** Synchronizes like `rollcall sync test`, or like `rollcall sync now` if `commit` is true. */
  sync: (options?: SyncOptions) => Promise<SyncResult>;
  /**
   * Checks a user name and a password. A directory that cannot be asked is an error, never an acceptance.
   *
   * @returns the stored user name, or null for a rejection, whatever its reason
   * @throws RollcallError when the directory or the database cannot be asked
   */
  verifyLogin: (userName: string, password: string) => Promise<string | null>;
  /**
   * The names of the archives that a message belongs to.
   *
   * @param mail its addresses, or the raw message
   */
  resolveArchives: (mail: readonly string[] | Uint8Array) => Promise<string[]>;
  /** Waits for the calls under way, and closes the user database. No other method works afterwards. */
  close: () => Promise<void>;
  [Symbol.asyncDispose]: () => Promise<void>;
}

/** The options of one run. */
export interface SyncOptions {
  /** Whether to commit; false by default. */
  commit?: boolean;
  /** Interrupts the run at any point before the commit; then nothing is changed. */
  signal?: AbortSignal;
  /** Answers for entries in doubt, like `--same` and `--new`. */
  answers?: Partial<Answers>;
  /** Replace the configured limits, like `--max-deletes` and similar options. */
  limits?: Partial<Limits>;
  /** Members that may be missing in every entry of a first import. */
  acceptMissing?: readonly OptionalMember[];
}

/** The result of a run, with its plan. */
export interface SyncResult extends RunResult {
  plan: PlanItem[];
}

/**
 * Opens the user database of a configuration file. An embedded store is locked for other processes until `close`.
 *
 * @throws RollcallError as the commands do; its `outcome` is the name of the exit code
 */
export async function openRollcall({ config: file = 'rollcall.yaml' } = {}): Promise<Rollcall> {
  const config = await loadConfig(file, process);
  const actor = { user: 'library', host: hostname(), pid: process.pid, uid: process.geteuid?.() ?? 0 };
  const directory = openDirectory(config.directory);
  const store = await openStore(config.database, actor);
  await store.open();
  const underWay = new Set<Promise<unknown>>();
  /** Keeps the database open until a call has ended. */
  const during = <T>(call: Promise<T>): Promise<T> => {
    underWay.add(call);
    const end = () => underWay.delete(call);
    call.then(end, end);
    return call;
  };
  let closed: Promise<void> | null = null;
  const close = () => (closed ??= Promise.allSettled(underWay).then(() => store.close()));
  return {
    warnings: config.warnings,
    sync: async ({ commit = false, signal = never(), answers, limits, acceptMissing = [] } = {}) => {
      const plan: PlanItem[] = [];
      const observer: RunObserver = {
        plan: async (_, items) => {
          for await (const item of items(null)) plan.push(item);
        },
      };
      const settings = {
        ...config,
        version,
        acceptMissing,
        answers: { same: answers?.same ?? [], new: answers?.new ?? [] },
        limits: { ...config.limits, ...defined(limits) },
      };
      return { ...(await during(sync(settings, directory, store, commit, observer, signal))), plan };
    },
    verifyLogin: async (userName, password) => {
      const verdict = await during(
        verifyLogin(store, directory, userName, password, never(), config.options),
      );
      return verdict.accepted ? verdict.userName : null;
    },
    resolveArchives: async (mail) => {
      const keys =
        mail instanceof Uint8Array
          ? addressesOf(splitMessage(Buffer.from(mail)).header)
          : mail.flatMap(addressKeysIn);
      return (await during(resolveArchives(store, keys, never()))).archives;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** One for each call: at one signal, Node warns of the eleventh that listens. */
const never = () => new AbortController().signal;

/** Without the members that are undefined: they say nothing. */
const defined = (limits: Partial<Limits> = {}): Partial<Limits> =>
  Object.fromEntries(Object.entries(limits).filter(([, limit]) => (limit as unknown) !== undefined));
