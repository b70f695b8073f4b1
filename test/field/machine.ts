import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { absent } from './program.ts';

export interface Answer {
  code: number | null;
  /** Standard output and standard error, as a terminal shows them. */
  output: string;
}

/** Why this machine cannot be copied; null when it can. */
export function whyNoMachine(): string | null {
  if (process.platform !== 'linux') return 'no Debian';
  const missing = absent('/lib/systemd/systemd', '/usr/bin/nsenter');
  if (missing !== null) return missing;
  if (process.getuid?.() !== 0) return 'a machine of its own needs root';
  const script =
    'mount -t tmpfs none /mnt && mkdir /mnt/a /mnt/b && mount -t overlay -o lowerdir=/etc,upperdir=/mnt/a,workdir=/mnt/b none /srv';
  return spawnSync('unshare', ['--mount', '--pid', '--fork', '--cgroup', 'sh', '-c', `cd / && ${script}`])
    .status === 0
    ? null
    : 'no namespaces of its own, or no overlay';
}

/** A copy of this machine with its own systemd, which forgets everything at its end (see machine.sh). */
export class Machine {
  /** A folder that both machines have, under this name. */
  readonly shared = mkdtempSync(join(tmpdir(), 'rollcall-machine-'));
  readonly #process = spawn('sh', [resolve('test/field/machine.sh'), this.shared], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  /** The number of its first process. */
  #init = '';

  static async start(): Promise<Machine> {
    const machine = new Machine();
    try {
      const lines = createInterface({ input: machine.#process.stdout });
      const ended = once(machine.#process, 'exit').then(() => {
        throw new Error('the machine does not start');
      });
      const [first] = (await Promise.race([once(lines, 'line'), ended])) as [string];
      ended.catch(() => undefined);
      machine.#init = first.trim();
      for (let left = 200; (await machine.run('systemctl is-active basic.target')).code !== 0; left -= 1) {
        if (left === 0) throw new Error((await machine.run('systemctl list-jobs')).output);
        await sleep(50);
      }
      await machine.must('systemctl start systemd-journald.service');
      return machine;
    } catch (error) {
      await machine.stop();
      throw error;
    }
  }

  /** What a shell makes of it, as root. */
  async run(script: string, input = ''): Promise<Answer> {
    const spaces = ['--target', this.#init, '--mount', '--pid', '--uts', '--ipc', '--cgroup'];
    const env = ['env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL=C.UTF-8', 'HOME=/root'];
    const child = spawn('nsenter', [...spaces, ...env, 'sh', '-c', `cd / && ${script}`], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.on('error', () => undefined).end(input);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, output };
  }

  /** @throws Error when it does not succeed */
  async must(script: string, input?: string): Promise<string> {
    const { code, output } = await this.run(script, input);
    if (code !== 0) throw new Error(`${script} exited with ${code ?? 'a signal'}: ${output}`);
    return output;
  }

  async stop(): Promise<void> {
    this.#process.stdin.end();
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
  }
}
