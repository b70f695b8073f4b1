import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A node of a cluster. */
export interface Member {
  name: string;
  number: number;
  /** Of Postgres, on loopback. */
  port: number;
  /** Its files, and its socket. */
  folder: string;
}

const versions = '/usr/lib/postgresql';

/** Where Debian puts the programs of Postgres. Patroni needs more of them than npm has, such as pg_rewind. */
function findPrograms(): string | null {
  const found = existsSync(versions)
    ? readdirSync(versions).map((version) => join(versions, version, 'bin'))
    : [];
  return found.find((folder) => existsSync(join(folder, 'pg_rewind'))) ?? null;
}

const vote = ({ number }: Member) => `127.0.0.1:${7000 + number}`;

/** The file of one node. All times are as short as a busy machine bears. */
export function clusterSettings(
  scope: string,
  password: string,
  member: Member,
  members: readonly Member[],
): object {
  const { name, number, port, folder } = member;
  const rest = `127.0.0.1:${8000 + number}`;
  const postgres = `127.0.0.1:${port}`;
  return {
    scope,
    name,
    restapi: { listen: rest, connect_address: rest },
    raft: {
      data_dir: `${folder}/raft`,
      self_addr: vote(member),
      partner_addrs: members.filter((other) => other !== member).map(vote),
    },
    bootstrap: {
      dcs: {
        ttl: 6,
        loop_wait: 1,
        retry_timeout: 2,
        // A standby that was held back may take over.
        maximum_lag_on_failover: 1_000_000_000,
        postgresql: { use_pg_rewind: true, parameters: { wal_retrieve_retry_interval: '500ms' } },
      },
      initdb: [{ encoding: 'UTF8' }, 'no-locale', 'no-sync'],
    },
    postgresql: {
      listen: postgres,
      connect_address: postgres,
      data_dir: `${folder}/data`,
      bin_dir: findPrograms(),
      pgpass: `${folder}/pgpass`,
      authentication: {
        superuser: { username: 'postgres', password },
        replication: { username: 'replicator', password },
        rewind: { username: 'rewinder', password },
      },
      parameters: { unix_socket_directories: folder, shared_buffers: '32MB', fsync: 'off' },
      pg_hba: [
        'local all all scram-sha-256',
        'host all all 127.0.0.1/32 scram-sha-256',
        'host replication replicator 127.0.0.1/32 scram-sha-256',
      ],
      basebackup: [{ checkpoint: 'fast' }],
      remove_data_directory_on_rewind_failure: true,
      remove_data_directory_on_diverged_timelines: true,
    },
  };
}

/** Why no cluster can be made here; null if one can. */
export function whyNoPatroni(): string | null {
  if (process.platform !== 'linux') return 'no Debian';
  const hint = 'test/field/install.sh installs it on Debian';
  const needed = ['/usr/bin/patroni', '/usr/lib/python3/dist-packages/pysyncobj', '/usr/sbin/ip'];
  const missing = needed.find((path) => !existsSync(path));
  if (missing !== undefined) return `no ${missing}; ${hint}`;
  if (findPrograms() === null) return `no pg_rewind in ${versions}; ${hint}`;
  if (process.getuid?.() !== 0) return 'a network of its own needs root';
  const { status } = spawnSync('unshare', ['--net', '--pid', '--fork', '--mount-proc', 'true']);
  return status === 0 ? null : 'no namespaces of its own';
}
