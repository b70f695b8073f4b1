import { writeFile, chown } from 'node:fs/promises';
import { join } from 'node:path';
import { onFreePort, Workspace } from './workspace.ts';

export interface PgBouncer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Pools the connections to `target`, a postgres:// URL with a password, one transaction at a time. */
export async function startPgBouncer(
  target: string,
  settings: Record<string, string> = {},
): Promise<PgBouncer> {
  const { hostname, port: targetPort, username, password } = new URL(target);
  const workspace = await Workspace.create('pgbouncer', 'TERM');
  const users = join(workspace.folder, 'users.txt');
  const config = join(workspace.folder, 'pgbouncer.ini');
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` }; // Where Debian puts it.

  const write = async (path: string, text: string) => {
    await writeFile(path, text, { mode: 0o600 });
    if (workspace.user) await chown(path, workspace.user.uid, workspace.user.gid);
  };

  try {
    // In plain text: pgbouncer needs it to log in to the server by SCRAM.
    await write(users, `"${decodeURIComponent(username)}" "${decodeURIComponent(password)}"\n`);
    const { port, server } = await onFreePort(async (port) => {
      const all = {
        listen_addr: '127.0.0.1',
        listen_port: String(port),
        unix_socket_dir: '',
        auth_type: 'scram-sha-256',
        auth_file: users,
        pool_mode: 'transaction',
        default_pool_size: '2',
        ignore_startup_parameters: 'extra_float_digits',
        ...settings,
      };
      const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
      const databases = `* = host=${hostname} port=${targetPort}`;
      await write(config, ['[databases]', databases, '[pgbouncer]', ...lines, ''].join('\n'));
      return { port, server: await workspace.run('pgbouncer', [config], env, 'process up') };
    });
    const url = new URL(target);
    url.port = String(port);
    return {
      url: url.href,
      stop: async () => {
        await workspace.end(server);
        await workspace.remove();
      },
    };
  } catch (error) {
    await workspace.remove();
    throw error;
  }
}
