import type { Knex } from 'knex';

/** Who runs this: shown to whoever finds the lock taken, and kept with the run. */
export interface Actor {
  user: string;
  host: string;
  pid: number;
  since: Date;
}

/** An open user database. All SQL goes through `inTransaction`, which sets the schema and the limits. */
export interface Store {
  knex: Knex;
  schema: string;
  /** What to call it in a message; without credentials. */
  name: string;
  actor: Actor;
  /** Stops a running statement; its transaction can only be rolled back then. */
  cancel: (backend: number) => Promise<void>;
  /**
   * Keeps other runs on this machine away from the moment in which this one begins; the database itself is only
   * locked once there is something to write. Returns what gives the lock back.
   */
  lockRun: () => Promise<() => void>;
  close: () => Promise<void>;
  /** Statements for the start of every transaction that only this kind of store understands. */
  preamble: string;
}
