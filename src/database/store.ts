import type { Knex } from 'knex';
import type { Client } from 'pg';
import type { Holder } from '../files/file-lock.ts';

/** Who runs this process: shown to others who find the lock taken, and stored with the run. */
export type Actor = Holder;

/** `user@host` */
export const nameOf = ({ user, host }: Actor) => `${user}@${host}`;

/** An open user database. All SQL runs in a transaction (access.ts), which sets the schema and the timeouts. */
export interface Store {
  knex: Knex;
  schema: string;
  /** Its name in messages, without credentials. */
  name: string;
  actor: Actor;
  /** Whether nobody else can use it while it is open: then it is opened only when it is needed. */
  isExclusive: boolean;
  /** Opens it now. Otherwise the first transaction does. */
  open: () => Promise<void>;
  /** Opens it unless that would create it or wait for somebody else. Returns whether it is open. */
  openIfFree: () => Promise<boolean>;
  /** Opens a connection beside the pool; whoever opens it hangs it up. */
  dial: () => Promise<Client>;
  /** Cancels the running statement of a backend; its transaction can then only be rolled back. */
  cancel: (backend: number) => Promise<void>;
  /**
   * Locks out other runs on this machine from the start; the database itself is locked only once the listing has
   * arrived. Returns a function that releases the lock.
   */
  lockRun: () => Promise<() => Promise<void>>;
  close: () => Promise<void>;
  /** Statements for the start of every transaction, specific to this kind of store. */
  preamble: string;
}

/** A name as SQL reads it, even if it is a reserved word. */
export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
