import type { Knex } from 'knex';
import type { Holder } from '../files/file-lock.ts';

/** Who runs this process: shown to others who find the lock taken, and stored with the run. */
export type Actor = Holder;

/** An open user database. All SQL runs in a transaction (access.ts), which sets the schema and the timeouts. */
export interface Store {
  knex: Knex;
  schema: string;
  /** Its name in messages, without credentials. */
  name: string;
  actor: Actor;
  /** Cancels the running statement of a backend; its transaction can then only be rolled back. */
  cancel: (backend: number) => Promise<void>;
  /**
   * Locks out other runs on this machine from the start; the database itself is locked only once the listing has
   * arrived. Returns a function that releases the lock.
   */
  lockRun: () => Promise<() => void>;
  close: () => Promise<void>;
  /** Statements for the start of every transaction, specific to this kind of store. */
  preamble: string;
}

/** Set in every transaction, so that names without a schema are those of rollcall. */
export const searchPath = (schema: string) => `set local search_path to ${schema}, pg_temp`;
