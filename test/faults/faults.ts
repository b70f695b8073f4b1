import { cuts } from './cuts.ts';
import { cutsThroughBinary } from './cuts-binary.ts';
import type { Fault } from './fault.ts';
import { firstCommands } from './first-commands.ts';
import { failover } from './failover.ts';
import { holders } from './holders.ts';
import { importsAtOnce } from './imports-at-once.ts';
import { killsOnEmbedded, killsOnPostgres } from './kills.ts';
import { lockHog } from './lock-hog.ts';
import { lostBackend } from './lost-backend.ts';
import { lostCommit } from './lost-commit.ts';
import { lostServer } from './lost-server.ts';
import { disks } from './disks.ts';
import { mailMemory } from './mail-memory.ts';
import { names } from './names.ts';
import { neighbours } from './neighbours.ts';
import { tls } from './tls.ts';
import { patience } from './patience.ts';
import { patroni } from './patroni.ts';
import { pooled } from './pooled.ts';
import { fuzzedConfigurations, fuzzedListings, fuzzedMail, properties } from './properties.ts';
import { racesOfMachines, racesOnEmbedded, racesOnPostgres } from './races.ts';
import { runsBesideImports } from './runs-beside-imports.ts';
import { secrets } from './secrets.ts';
import { sessions } from './sessions.ts';
import { signals } from './signals.ts';
import { persons, worlds } from './worlds.ts';

/** All of them, by the name that `--only` takes. */
export const faults: Record<string, Fault> = {
  worlds,
  persons,
  cuts,
  cutsThroughBinary,
  killsOnPostgres,
  killsOnEmbedded,
  signals,
  lostBackend,
  lostServer,
  lostCommit,
  failover,
  patroni,
  racesOnPostgres,
  racesOnEmbedded,
  racesOfMachines,
  importsAtOnce,
  firstCommands,
  holders,
  lockHog,
  neighbours,
  patience,
  runsBesideImports,
  properties,
  fuzzedConfigurations,
  fuzzedListings,
  fuzzedMail,
  secrets,
  sessions,
  mailMemory,
  names,
  disks,
  tls,
  pooled,
};
