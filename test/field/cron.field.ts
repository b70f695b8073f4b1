import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { Directory } from '../servers/directory.ts';
import { parseLines, Workplace } from '../support/cli.ts';
import { binary } from '../support/launch.ts';
import { documentedBlock, documentedCommand } from './documentation.ts';
import { absent, describeWith, runsAs, userOf } from './program.ts';

const user = 'nobody';
const listed = [{ userName: 'anna' }, { userName: 'bert', fullName: 'Bert Ä. Böll' }];
/** The folders of the jobs with each of the two lines. */
const loud = ['good', 'blocked', 'down', 'wrong'];
const quiet = ['quiet-same', 'quiet-changed', 'quiet-blocked'];
const ownNamespaces = ['--mount', '--mount-proc', '--pid', '--fork', '--kill-child'];

function whatIsMissing(): string | null {
  if (process.platform !== 'linux') return 'no Debian';
  const missing = absent('/usr/sbin/cron');
  if (missing !== null) return missing;
  if (!existsSync('/usr/sbin/sendmail')) return 'no /usr/sbin/sendmail, without which cron mails nothing';
  if (process.getuid?.() !== 0) return 'cron needs root';
  // To hide the crontabs of the machine from the cron of the test, and it from the machine.
  if (spawnSync('unshare', [...ownNamespaces, 'true']).status !== 0) return 'no namespaces of its own';
  return runsAs(userOf(user)) ? null : `the user ${user} may not run ${binary}`;
}

describeWith('cron', whatIsMissing(), () => {
  let directory: Directory;
  let workplace: Workplace;
  let cell: ChildProcess | undefined;

  beforeAll(async () => {
    directory = await Directory.start();
    workplace = new Workplace();
    chmodSync(workplace.folder, 0o711);
    for (const name of ['bin', 'mail', ...loud, ...quiet]) folder(name);
    // As `npm install --global` puts them into /usr/local/bin, which this folder is for cron.
    writeFileSync(join(workplace.folder, 'bin/node'), '');
    symlinkSync(binary, join(workplace.folder, 'bin/rollcall'));
    const sendmail = `#!/bin/sh\nexec cat >'${join(workplace.folder, 'mail')}'/$$\n`;
    writeFileSync(join(workplace.folder, 'sendmail'), sendmail, { mode: 0o755 });
    configure('good', { directory: { url: directory.url } });
    for (const name of ['blocked', 'quiet-blocked']) {
      configure(name, {
        directory: { url: directory.url },
        options: { deleteUsers: true },
        limits: { deletions: { percent: 0, atLeast: 0 } },
      });
      await fill(name, [...listed, { userName: 'carl' }]);
    }
    for (const [name, before] of [
      ['quiet-same', listed],
      ['quiet-changed', listed.slice(1)],
    ] as const) {
      configure(name, { directory: { url: directory.url } });
      await fill(name, before);
    }
    configure('down', { directory: { url: 'http://127.0.0.1:1/', retries: 0 } });
    configure('wrong', { directory: { url: directory.url }, option: {} });
    await runJobs();
  }, 300_000);
  afterAll(async () => {
    cell?.kill('SIGKILL'); // unshare ignores the others.
    await directory.stop();
    workplace.remove();
  });

  function folder(name: string): void {
    const path = join(workplace.folder, name);
    mkdirSync(path);
    chownSync(path, userOf(user).uid, userOf(user).gid);
  }

  function configure(name: string, configuration: object): void {
    const path = join(workplace.folder, name, 'rollcall.yaml');
    writeFileSync(path, stringify(configuration), { mode: 0o600 });
    chownSync(path, userOf(user).uid, userOf(user).gid);
  }

  /** A first run by hand, before cron's runs find others. */
  async function fill(name: string, before: readonly object[]): Promise<void> {
    directory.lists(before);
    const cwd = join(workplace.folder, name);
    const run = spawn(process.execPath, [binary, 'sync', 'now'], {
      ...userOf(user),
      cwd,
      env: {},
      stdio: 'ignore',
    });
    expect(await once(run, 'exit')).toEqual([0, null]);
    directory.lists(listed);
  }

  /**
   * Lets cron run a documented line once in each of the folders, at the next full minute. The crontab is the one of the
   * documentation, `PATH` included; only the time and the configuration are others.
   */
  async function runJobs(): Promise<void> {
    const documented = documentedBlock('crontab', /rollcall/);
    const [, head, quietLine] = /^([^]*)^15 3 \* \* \* +(.*)\n$/m.exec(documented) ?? [];
    if (head === undefined || quietLine === undefined)
      throw new Error(`The documented crontab has another form:\n${documented}`);
    // The README has the other line, with the same PATH.
    const line = documentedCommand('rollcall sync now --quiet --format json --output last-run.jsonl');
    documentedCommand(`put \`${head.trim()}\` above them`);
    const job = (line: string) => (name: string) => {
      const folder = join(workplace.folder, name);
      return `HOME=${folder}\n* * * * * ${line.replace('/etc/rollcall', folder)}\n`;
    };
    const lines = [...loud.map(job(line)), ...quiet.map(job(quietLine))];
    writeFileSync(join(workplace.folder, 'crontab'), head + lines.join(''));
    const script = resolve('test/field/cron.sh');
    cell = spawn('unshare', [...ownNamespaces, 'sh', script, workplace.folder, user, process.execPath], {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    cell.stderr?.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    const [code] = (await once(cell, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`cron could not be run: ${said}`);
  }

  const lastRun = (name: string) => join(workplace.folder, name, 'last-run.jsonl');

  const mails = () =>
    readdirSync(join(workplace.folder, 'mail')).map((name) =>
      readFileSync(join(workplace.folder, 'mail', name), 'utf8'),
    );

  /** How many runs were committed. */
  function historyOf(name: string): number {
    const cwd = join(workplace.folder, name);
    const options = { ...userOf(user), cwd, env: {}, encoding: 'utf8' as const };
    const { stdout } = spawnSync(process.execPath, [binary, 'history', '--format', 'json'], options);
    return parseLines(stdout).filter(({ type }) => type === 'run').length;
  }

  /** What cron mailed of the job in this folder; null when it mailed nothing. */
  function mailed(name: string): string | null {
    const mail = mails().find((text) => text.includes(`X-Cron-Env: <HOME=${join(workplace.folder, name)}>`));
    return mail === undefined ? null : mail.slice(mail.indexOf('\n\n') + 2);
  }

  test('mails nothing of a run that succeeded, whose result is whole', () => {
    expect(mailed('good')).toBeNull();
    const result = parseLines(readFileSync(lastRun('good'), 'utf8'));
    expect(result.map(({ type }) => type)).toEqual(['header', 'change', 'change', 'summary']);
    expect(result.at(-1)).toMatchObject({ outcome: 'done', exitCode: 0, committed: true });
  });

  test('leaves the whole result of a run that was blocked', () => {
    expect(parseLines(readFileSync(lastRun('blocked'), 'utf8')).at(-1)).toMatchObject({
      type: 'summary',
      exitCode: 3,
      committed: false,
    });
  });

  // Only the exit code says so, and cron does not look at it.
  test('mails one line of a run that was blocked', () => {
    expect(mailed('blocked')).toMatch(/^rollcall: .+\n$/);
  });

  test('mails one line when the directory is down', () => {
    expect(mailed('down')).toMatch(/^rollcall: .+\n$/);
  });

  test('mails one line when the configuration is wrong, and the result says it, too', () => {
    expect(mailed('wrong')).toMatch(/^.+\n$/);
    expect(parseLines(readFileSync(lastRun('wrong'), 'utf8')).at(-1)).toMatchObject({
      type: 'error',
      outcome: 'config',
      changed: false,
    });
  });

  test('mails nothing of a night without a change, when asked to be quiet', () => {
    expect(mailed('quiet-same')).toBeNull();
    expect(historyOf('quiet-same')).toBe(2);
  });

  test('mails the change of a night with one', () => {
    expect(mailed('quiet-changed')).toMatch(
      /^Synchronization\. .*\n\n {2}\+ create +anna +.*\n\nCommitted as run 2: 1 created\.\n/,
    );
  });

  test('mails the plan of a night that was blocked', () => {
    expect(mailed('quiet-blocked')).toMatch(/^ {2}- delete +carl .*\n\nBlocked: /m);
  });
});
