import type { Knex } from 'knex';
import { answerTables } from './answers.ts';
import { candidateTables } from './candidates.ts';
import { claimTables } from './claims.ts';
import { planTables } from './fill-plan.ts';
import { identityTables } from './match.ts';
import { stageTables } from './stage.ts';
import { nameTables } from './taken-names.ts';
import { evidenceTables } from './weigh-pairs.ts';

/** The temporary tables of a run. Each step fills its own, and later steps read them. */
const tables = [
  ...[stageTables, candidateTables, evidenceTables, identityTables],
  ...[nameTables, claimTables, answerTables, planTables],
];

/** Creates them, in one round trip. */
export async function createRunTables(db: Knex.Transaction): Promise<void> {
  await db.raw(tables.join(''));
}
