import type { Knex } from 'knex';
import { createAnswers } from './answers.ts';
import { createCandidates } from './candidates.ts';
import { createClaims } from './claims.ts';
import { createPlan } from './fill-plan.ts';
import { createIdentity } from './match.ts';
import { createStage } from './stage.ts';
import { createNames } from './taken-names.ts';
import { createEvidence } from './weigh-pairs.ts';

/** Creates the temporary tables of a run. Each step fills its own, and later steps read them. */
export async function createRunTables(db: Knex.Transaction): Promise<void> {
  for (const create of [
    ...[createStage, createCandidates, createEvidence, createIdentity],
    ...[createNames, createClaims, createAnswers, createPlan],
  ]) {
    await create(db);
  }
}
