import type { Finding } from '../../core/finding.ts';
import { DatabaseError } from '../../database/failure.ts';
import { schemaState, type SchemaState } from '../../database/schema/state.ts';
import type { Store } from '../../database/store.ts';
import { inTransaction } from '../../database/transaction.ts';
import { ok, skipped, warning } from './verdicts.ts';

/** @throws RollcallError if the tables are those of another program, or from a newer rollcall */
export async function schemaOf(
  store: Store,
  signal: AbortSignal,
): Promise<{ state: SchemaState | null; finding: Finding }> {
  const check = 'databaseSchema';
  try {
    const state = await inTransaction(store, 'readOnly', signal, async (db) => ({
      commit: false,
      value: await schemaState(db, store),
    }));
    const findings: Record<SchemaState, Finding> = {
      none: ok(check, 'there are no tables yet: the first sync now creates them'),
      current: ok(check, 'the tables are those of this version'),
      older: warning(
        check,
        'the tables are from an older version: the next sync now upgrades them',
        'make a backup before (docs/operations.md)',
      ),
    };
    return { state, finding: findings[state] };
  } catch (error) {
    if (!(error instanceof DatabaseError && error.code === '42501')) throw error;
    return { state: null, finding: skipped(check, 'the role may not read the tables') };
  }
}
