import type { Knex } from 'knex';
import type { Census } from '../core/census.ts';
import { findBlocks, heldInstead, type Load } from '../core/limits.ts';
import type { RunResult } from '../core/plan.ts';
import { one } from '../database/query.ts';
import { settleAnswers } from './answers.ts';
import { settleArchives } from './claims.ts';
import { countPlan } from './count-plan.ts';
import { fillPlan } from './fill-plan.ts';
import { matchEntries } from './match.ts';
import type { RunSettings } from './run.ts';
import { settleNames } from './taken-names.ts';

export interface SettledPlan extends Omit<RunResult, 'run'> {
  load: Load;
}

/**
 * Decides what the run does, and whether a limit blocks it. Where only the limit of deletions does, and is to hold them, all
 * is decided again as if those users stay: a name that one of them has is not free.
 *
 * @param unstaged the number of entries that are not staged
 */
export async function settlePlan(
  db: Knex.Transaction,
  settings: RunSettings,
  census: Census,
  unstaged: number,
): Promise<SettledPlan> {
  const { limits, acceptMissing } = settings;
  const settle = async (hold: boolean) => {
    await decide(db, settings, hold);
    const { counts, load } = await countPlan(db, census, unstaged);
    return { counts, load, blocks: findBlocks(load, limits, acceptMissing) };
  };
  let plan = await settle(false);
  const held = heldInstead(plan.blocks, limits);
  if (held !== null) {
    await db.raw(
      ['answer', 'question', 'reply', 'plan', 'presence']
        .map((table) => `delete from pg_temp.${table}`)
        .join('; '),
    );
    plan = await settle(true);
  }
  const told = { firstDeletions: await areFirst(db, plan.load), presenceChanged: await comeOrGo(db) };
  return { ...plan, held, ...told };
}

async function decide(db: Knex.Transaction, settings: RunSettings, hold: boolean): Promise<void> {
  await identify(db, settings, hold);
  await settleAnswers(db, settings.answers, () => identify(db, settings, hold));
  await fillPlan(db, settings.defaultPrivileges.user);
}

/** Decides who is who, who leaves or changes names, and who gets which archive. */
async function identify(db: Knex.Transaction, { options }: RunSettings, hold: boolean): Promise<void> {
  await matchEntries(db);
  await settleNames(db, options, hold);
  await settleArchives(db, options.takeOver);
}

/** Whether the plan deletes users who are gone, and no run before it did. What `--new` or an undo deleted does not count. */
export async function areFirst(db: Knex.Transaction, { deletions }: Load): Promise<boolean> {
  if (deletions === 0) return false;
  const { first } = await one<{ first: boolean }>(
    db,
    `select not exists (
       select from runs
       -- Other runs may have created millions.
       where undoes is null and (counts ->> 'deleted')::bigint > 0 and exists (
         select from run_changes
         where run_id = runs.id and action = 'delete' and identity is distinct from 'new')) as first`,
  );
  return first;
}

/** Whether the plan marks somebody as gone or back. */
export async function comeOrGo(db: Knex.Transaction): Promise<boolean> {
  const query = `select exists (select from pg_temp.presence where presence <> 'unsure') as some`;
  return (await one<{ some: boolean }>(db, query)).some;
}
