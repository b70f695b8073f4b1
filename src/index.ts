import { hostname } from 'node:os';
import { loadConfig } from './config/load.ts';
import type { PlanItem } from './core/plan.ts';
import { verifyLogin } from './login/login.ts';
import { addressesOf, addressKeyOf } from './mail/addresses.ts';
import { resolveArchives } from './store/mail.ts';
import { migrate } from './store/migrate.ts';
import { openStore } from './store/open.ts';
import { inTransaction } from './store/transaction.ts';
import { noAnswers, type Answers } from './sync/answers.ts';
import { sync, type Outcome } from './sync/sync.ts';
import { version } from './version.ts';

export { RollcallError } from './core/errors.ts';
export type { Block } from './core/limits.ts';
export type {
  ArchiveChange,
  Change,
  Counts,
  Doubt,
  Notice,
  PlanItem,
  Remark,
  Skipped,
  UserState,
} from './core/plan.ts';
export type { Answers } from './sync/answers.ts';
export type { Outcome } from './sync/sync.ts';

/** rollcall in process, for an archive that is written in Node. */
export interface Rollcall {
  /**
   * One synchronization, as `rollcall sync now` makes it, or `sync test` unless `commit` is true.
   *
   * @returns the counts, why it was blocked, the number of the run, and the plan
   */
  sync: (options?: {
    commit?: boolean;
    signal?: AbortSignal;
    /** What is known of entries in doubt, as `--same` and `--new` say it. */
    answers?: Partial<Answers>;
  }) => Promise<Outcome & { plan: PlanItem[] }>;
  /**
   * Whether somebody may log on. A directory that cannot be asked is an error, never a yes.
   *
   * @returns the stored user name, or null for a rejection, whatever its reason
   */
  verifyLogin: (userName: string, password: string) => Promise<string | null>;
  /**
   * The names of the archives to which a message belongs.
   *
   * @param mail its addresses, or the message itself
   */
  resolveArchives: (mail: string[] | Uint8Array) => Promise<string[]>;
  close: () => Promise<void>;
}

/**
 * Opens the user database of a configuration file. On the embedded store it is this process's alone until `close`.
 *
 * @throws RollcallError as the commands do; its `outcome` names the exit code
 */
export async function openRollcall({ config: file = 'rollcall.yaml' } = {}): Promise<Rollcall> {
  const config = await loadConfig(file, process.env);
  const actor = { user: 'library', host: hostname(), pid: process.pid, since: new Date() };
  const store = await openStore(config.database, actor);
  const never = new AbortController().signal;
  return {
    sync: async ({ commit = false, signal = never, answers = {} } = {}) => {
      const plan: PlanItem[] = [];
      const observer = {
        plan: async (_: Outcome, items: (most: number | null) => AsyncIterable<PlanItem>) => {
          for await (const item of items(null)) plan.push(item);
        },
      };
      const settings = { ...config, version, acceptMissing: [], answers: { ...noAnswers, ...answers } };
      const outcome = await sync(settings, store, commit, observer, signal);
      return { ...outcome, plan };
    },
    verifyLogin: async (userName, password) => {
      const verdict = await verifyLogin(store, config.directory, userName, password, never);
      return verdict.accepted ? verdict.userName : null;
    },
    resolveArchives: async (mail) => {
      const keys = Array.isArray(mail) ? mail.map(addressKeyOf) : await addressesOf(mail);
      return inTransaction(store, never, async (db) => {
        await migrate(db, store.schema);
        return { commit: false, value: await resolveArchives(db, keys) };
      });
    },
    close: () => store.close(),
  };
}
