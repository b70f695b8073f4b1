import type { Knex } from 'knex';
import { isDeepStrictEqual } from 'node:util';
import { RollcallError } from '../core/errors.ts';
import { visible } from '../core/printable.ts';
import type { About, Basis } from '../core/saved.ts';
import { all, one } from '../database/query.ts';
import { migrations } from '../database/schema/migrations.ts';
import type { SchemaState } from '../database/schema/state.ts';
import type { Store } from '../database/store.ts';

/** A plan that no longer fits. */
export const stale = (reason: string) =>
  new RollcallError(
    'stale',
    `the saved plan no longer fits, and nothing was changed: ${reason}; make a new one with "rollcall sync test --save"`,
  );

/** The settings that a plan stands on. */
export type BasicSetting = 'members' | 'scope' | 'options' | 'defaultPrivileges';

/** What a plan that is made now stands on. */
export async function basisOf(
  db: Knex.Transaction,
  store: Store,
  state: SchemaState,
  { members, scope, options, defaultPrivileges }: Pick<Basis, BasicSetting>,
): Promise<Basis> {
  const { id, listing } = await one<{ id: string; listing: number }>(
    db,
    'select id, (select coalesce(max(listing), 0) + 1 from runs)::float8 as listing from installation',
  );
  const schema = { name: store.schema, version: migrations.at(-1)?.name ?? '' };
  // In other states, the tables of this transaction are rolled back, with this number.
  return {
    members,
    scope,
    options,
    defaultPrivileges,
    schema,
    installation: state === 'current' ? id : null,
    listing,
  };
}

/** A clock that is ahead by more than this, in milliseconds, would make plans that never become too old. */
const clockTolerance = 3_600_000;

/** @throws RollcallError (6) when the plan is older than `maxAge`, in milliseconds, or of the future */
export function expectYoung({ createdAt }: About, now: Date, maxAge: number): void {
  const age = now.getTime() - createdAt.getTime();
  const made = `it was made at ${createdAt.toISOString()}`;
  if (age > maxAge) throw stale(`${made}, which is longer ago than --max-age allows`);
  if (age < -clockTolerance) throw stale(`${made}, which is in the future; check the clocks`);
}

/**
 * @param madeFor the name of the database that the plan was made for
 * @param database the name of this one
 * @throws RollcallError (6) when the plan was made from other settings, or for another database
 */
export function expectBasis(saved: Basis, madeFor: string, now: Basis, database: string): void {
  // One that had no tables yet is known by its name alone.
  if (saved.installation === null && madeFor !== database)
    throw stale(`it was made for the database ${visible(madeFor)}`);
  if (saved.installation !== null && saved.installation !== now.installation)
    throw stale('it was made for another user database');
  const differing = [
    ...parts('directory', { members: saved.members }, { members: now.members }),
    ...parts('scope', saved.scope, now.scope),
    ...parts('options', saved.options, now.options),
    ...parts('defaultPrivileges', saved.defaultPrivileges, now.defaultPrivileges),
    ...parts('schema', saved.schema, now.schema),
  ];
  if (differing.length > 0)
    throw stale(`${differing.join(', ')} ${differing.length === 1 ? 'differs' : 'differ'}`);
}

/** The names of the settings that differ. */
function parts(name: string, saved: unknown, now: unknown): string[] {
  const [old, current] = [saved, now] as Record<string, unknown>[];
  return Object.keys({ ...old, ...current })
    .filter((key) => !isDeepStrictEqual(plain(old?.[key]), plain(current?.[key])))
    .map((key) => `${name}.${visible(key)}`);
}

/** As it is after a way through JSON. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value ?? null)) as unknown;

/** @throws RollcallError (6) when somebody would leave whom a newer listing may have had again */
export async function expectLastListing(db: Knex.Transaction): Promise<void> {
  const { leaves } = await one<{ leaves: boolean }>(
    db,
    `select exists (select from pg_temp.presence) or exists (select from pg_temp.plan where action = 'delete') as leaves`,
  );
  if (leaves)
    throw stale('a newer listing was synchronized since, and it deletes users or marks them as gone');
}

/** @throws RollcallError (6) when the plan was applied before: what it touches would differ, for a reason that is clear */
export async function expectNotApplied(db: Knex.Transaction, digest: string): Promise<void> {
  const [row] = await all<{ id: string }>(db, 'select id from runs where plan = ? limit 1', [digest]);
  if (row !== undefined)
    throw new RollcallError(
      'stale',
      `the saved plan was applied before, as run ${row.id}; nothing was changed; "rollcall history ${row.id}" shows it`,
    );
}
