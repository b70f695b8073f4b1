import type { Connection } from '../../connection/connection.ts';
import type { Finding } from '../../core/finding.ts';
import { openPostgres } from '../../database/postgres.ts';
import type { SchemaState } from '../../database/schema/state.ts';
import type { Actor, Store } from '../../database/store.ts';
import { theDatabase, type OtherClock } from './clock-findings.ts';
import { hostSteps } from './database-hosts.ts';
import { lockFindings, runFindings } from './database-locks.ts';
import { rightsFindings } from './database-rights.ts';
import { askServer, type Server } from './database-server.ts';
import { moment, type Patience } from './patience.ts';
import { schemaOf } from './schema-step.ts';
import { isFit, skipped } from './verdicts.ts';

const late = 'look at the load of the server, and at what else uses the database';

/** A user database on a server, from the name of its host to its locks. */
export async function* databaseSteps(
  settings: { connection: Connection; schema: string },
  actor: Actor,
  clocks: OtherClock[],
  patience: Patience,
): AsyncGenerator<Finding> {
  const { connection, schema } = settings;
  const hosts: Finding[] = [];
  for await (const finding of hostSteps(connection, patience)) {
    hosts.push(finding);
    yield finding;
  }
  const later = [
    'databaseServer',
    'databaseSchema',
    'databaseRightsTest',
    'databaseRightsNow',
    'databaseLocks',
  ];
  if (!isFit(hosts)) {
    for (const check of later) yield skipped(check, 'the database cannot be reached');
    return;
  }
  const timeout = Math.min(connection.timeout, moment);
  const store = openPostgres({ ...connection, timeout }, schema, actor, () => undefined);
  try {
    yield* insideSteps(store, clocks, patience);
  } finally {
    await store.close();
  }
}

async function* insideSteps(store: Store, clocks: OtherClock[], patience: Patience): AsyncGenerator<Finding> {
  let server = null as Server | null;
  yield* await patience.step(
    'databaseServer',
    moment,
    async (signal) => {
      server = await askServer(store, signal);
      clocks.push({ whose: theDatabase, ahead: server.ahead });
      return server.findings;
    },
    'look at the log of the server; a pooler must be in transaction or session mode',
  );
  if (server === null) {
    for (const check of ['databaseSchema', 'databaseRightsTest', 'databaseRightsNow', 'databaseLocks'])
      yield skipped(check, 'the server does not do a transaction');
    return;
  }
  let state = null as SchemaState | null;
  yield* await patience.step(
    'databaseSchema',
    moment,
    async (signal) => {
      const found = await schemaOf(store, signal);
      state = found.state;
      return [found.finding];
    },
    late,
  );
  yield* await patience.step(
    'databaseRights',
    moment,
    (signal) => rightsFindings(store, state, signal),
    late,
  );
  yield* lockSteps(store, state, server.isStandby, patience);
}

async function* lockSteps(
  store: Store,
  state: SchemaState | null,
  isStandby: boolean,
  patience: Patience,
): AsyncGenerator<Finding> {
  const check = 'databaseLocks';
  if (isStandby) yield skipped(check, 'the server is a standby');
  else if (state === null) yield skipped(check, 'the tables cannot be read');
  else if (state === 'none') yield skipped(check, 'there are no tables yet, whose rows are locked');
  else {
    yield* await patience.step(check, moment, (signal) => lockFindings(store, signal), late);
    yield* await patience.step(check, moment, (signal) => runFindings(store, signal), late);
  }
}
