import type { Knex } from 'knex';
import { dnKeyOf } from '../core/dn.ts';
import { keyOf, keysOf } from '../core/names.ts';
import { actions, planOrder } from '../core/plan.ts';

const list = (words: readonly string[]) => words.map((word) => `'${word}'`).join(', ');

/** Whether a row of `pg_temp.plan` is a change, and no notice. */
export const isChange = `action in (${list(actions)})`;

/** The position of a sort in the order of the plan. */
export const rank = (sort: string) => `array_position(array[${list(planOrder)}], ${sort})`;

/** Inserts rows, as JSON has them, into a temporary table. */
export async function insertRows(db: Knex.Transaction, table: string, rows: object[]): Promise<void> {
  await db.raw(
    `insert into pg_temp.${table} select * from json_populate_recordset(null::pg_temp.${table}, ?::json)`,
    [JSON.stringify(rows)],
  );
}

/** What is shown of a row of the plan. */
export interface ShownRow {
  user_name?: string | null;
  distinguished_name?: string | null;
  email_addresses?: string[] | null;
  outcome_name?: string | null;
}

/** Adds the keys of what is shown; there are no others. */
export function withKeys(row: ShownRow): object {
  const { user_name: name, distinguished_name: dn, email_addresses: addresses, outcome_name: aside } = row;
  const keyIn = (text: string | null | undefined, key: (text: string) => string | null) =>
    text === null || text === undefined ? null : key(text);
  return {
    ...row,
    ...{ name_key: keyIn(name, keyOf), dn_key: keyIn(dn, dnKeyOf), outcome_key: keyIn(aside, keyOf) },
    address_keys: addresses ? keysOf(addresses) : null,
  };
}
