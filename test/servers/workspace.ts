import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Cleans up once its standard input closes, which the kernel sees to however this process ends.
 * Every line it reads is the id of the program now running, or empty when none is.
 */
const GUARD = `
trap '' HUP INT TERM
while read -r line; do pid=$line; done
if [ -n "$pid" ] && kill -s "$1" "$pid"; then
  for i in $(seq 50); do
    kill -0 "$pid" && ! grep -qs '^State:.Z' "/proc/$pid/status" || break # A zombie has ended, too.
    sleep 0.1
  done
  kill -QUIT "$pid"
fi
for i in $(seq 50); do rm -rf "$0" && break; sleep 0.1; done`;

/** A temporary folder and the one program running in it; neither outlives this process. */
export class Workspace {
  readonly folder: string;
  /** Whom programs run as, for those that refuse to run as root; undefined for the current user. */
  readonly user: { uid: number; gid: number } | undefined;
  private readonly guard: ChildProcess;
  private readonly endSignal: 'INT' | 'TERM';

  private constructor(
    folder: string,
    user: { uid: number; gid: number } | undefined,
    guard: ChildProcess,
    endSignal: 'INT' | 'TERM',
  ) {
    this.folder = folder;
    this.user = user;
    this.guard = guard;
    this.endSignal = endSignal;
  }

  static async create(name: string, endSignal: 'INT' | 'TERM'): Promise<Workspace> {
    const user = process.getuid?.() === 0 ? await nobody() : undefined;
    const folder = await mkdtemp(join(tmpdir(), `${name}-`));
    const stdio: ['pipe', 'ignore', 'ignore'] = ['pipe', 'ignore', 'ignore'];
    const guard = spawn('/bin/sh', ['-c', GUARD, folder, endSignal], { detached: true, cwd: '/', stdio });
    await once(guard, 'spawn');
    guard.unref();
    guard.stdin.on('error', () => {}); // Someone ended the guard: there is nobody left to tell.
    await chmod(folder, 0o711);
    return new Workspace(folder, user, guard, endSignal);
  }

  /** Runs a program until it exits or, given `ready`, until its log says so. */
  async run(program: string, args: string[], env: NodeJS.ProcessEnv, ready?: string): Promise<ChildProcess> {
    const child = spawn(program, args, {
      ...this.user,
      env,
      cwd: this.folder,
      detached: true, // Ctrl-C is for the tests; a server must outlive their teardown.
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.guard.stdin?.write(`${child.pid ?? ''}\n`);
    let log = '';
    const outcome = await new Promise<number | 'ready' | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => this.guard.stdin?.write('\n'));
      child.once('close', resolve);
      // Reads on for good: a full pipe would block the program.
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        log = (log + chunk).slice(-4096);
        if (ready !== undefined && log.includes(ready)) resolve('ready');
      });
    });
    if (outcome !== (ready === undefined ? 0 : 'ready')) throw new Error(`${program} failed:\n${log}`);
    child.unref();
    (child.stderr as unknown as Socket).unref();
    return child;
  }

  async end(child: ChildProcess): Promise<void> {
    child.kill(`SIG${this.endSignal}`);
    await exit(child);
  }

  async remove(): Promise<void> {
    this.guard.stdin?.end();
    await exit(this.guard);
  }
}

/** Until it has ended, which it may have already. */
export async function exit(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  await once(child, 'exit');
}

export async function nobody(): Promise<{ uid: number; gid: number }> {
  const entry = /^nobody:[^:]*:(\d+):(\d+):/m.exec(await readFile('/etc/passwd', 'utf8'));
  if (!entry) throw new Error('As root, the servers run as the user "nobody", who is not in /etc/passwd.');
  return { uid: Number(entry[1]), gid: Number(entry[2]) };
}

/** Calls `start` with a free port, and again with another if that was taken meanwhile. */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    await once(probe.close(), 'close');
    try {
      return await start(port);
    } catch (error) {
      if (attempt === 5 || !/address already in use/i.test(String(error))) throw error;
    }
  }
}
