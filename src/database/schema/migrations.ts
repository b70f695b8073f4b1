import type { Knex } from 'knex';
import * as initial from './0001-initial.ts';
import * as identity from './0002-identity.ts';
import * as commits from './0003-commits.ts';
import * as removedMessages from './0004-removed-messages.ts';
import * as memory from './0005-memory.ts';
import * as health from './0006-health.ts';

export interface Migration {
  name: string;
  up: (db: Knex.Transaction) => Promise<void>;
}

/** A released migration is frozen: add a new one instead. */
export const migrations: readonly Migration[] = [initial, identity, commits, removedMessages, memory, health];
