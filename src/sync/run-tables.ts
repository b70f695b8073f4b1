import type { Knex } from 'knex';
import { thisRunTable } from './absence.ts';
import { answerTables } from './answers.ts';
import { candidateTables } from './candidates.ts';
import { claimTables } from './claims.ts';
import { planTables } from './fill-plan.ts';
import { identityTables } from './match.ts';
import { restoredTables } from './restore.ts';
import { stageTables } from './stage.ts';
import { nameTables } from './taken-names.ts';
import { undoTables } from './undo-plan.ts';
import { evidenceTables } from './weigh-pairs.ts';

/** The temporary tables of a run. Each step fills its own, and later steps read them. */
const tables = [
  ...[stageTables, candidateTables, evidenceTables, identityTables],
  ...[nameTables, claimTables, answerTables, planTables],
];

/**
 * Creates them, in one round trip.
 *
 * @param commits whether the transaction may change anything else; if not, Postgres itself makes sure that it does not
 * @param now the time, if not that of the database
 */
export const createRunTables = (db: Knex.Transaction, commits: boolean, now?: Date): Promise<void> =>
  create(db, [...tables, thisRunTable(now)], commits);

/** Creates them, and those of an undo; in every run, these would take a quarter more time. */
export const createUndoTables = (db: Knex.Transaction, commits: boolean): Promise<void> =>
  create(db, [...tables, thisRunTable(), restoredTables, undoTables], commits);

async function create(db: Knex.Transaction, statements: string[], commits: boolean): Promise<void> {
  // Read-only afterwards, because that forbids creating tables.
  await db.raw(statements.join('') + (commits ? '' : 'set transaction read only;'));
}
