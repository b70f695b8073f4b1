import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';

interface Manifest {
  version: string;
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
}

const root = resolve(import.meta.dirname, '../..');
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as unknown;
const source = readJson(join(root, 'package.json')) as Manifest;

/** The folder of somebody who has installed the package, and nothing else. */
const home = mkdtempSync(join(tmpdir(), 'rollcall-package-'));
const installed = join(home, 'node_modules/rollcall');
const tarball = join(home, 'packed/rollcall.tgz');
const notBundled = ['@electric-sql/pglite', 'fs-native-extensions'];

let files: string[] = [];
const named = (ending: string) => files.filter((name) => name.endsWith(ending));
const read = (name: string) => readFileSync(join(installed, name), 'utf8');
const manifest = () => readJson(join(installed, 'package.json')) as Manifest;

beforeAll(() => {
  execFileSync(process.execPath, ['packaging/package.js', dirname(tarball)], { cwd: root });
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['xzf', tarball, '--strip-components=1', '-C', installed]);
  files = readdirSync(installed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(installed, join(entry.parentPath, entry.name)));
  for (const name of notBundled) {
    const link = join(home, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
});

afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

/** Runs the installed command, as a user whose environment says nothing. */
function rollcall(args: string[], flags: string[] = []) {
  const argv = [...flags, join(installed, 'bin/rollcall.js'), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
    cwd: home,
    env: { PATH: process.env['PATH'] },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** Runs a tool of this repository. */
function tool(path: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules', path), ...args],
    {
      cwd: home,
      encoding: 'utf8',
    },
  );
  expect({ status, stderr, stdout: status === 0 ? '' : stdout }).toEqual({
    status: 0,
    stderr: '',
    stdout: '',
  });
}

test('holds the bundle, its declarations, and what a user reads', () => {
  const others = files.filter(
    (name) =>
      !/^(dist\/(chunks\/[\w.-]+|core\/[\w-]+\.d\.ts)|docs\/[\w-]+\.md|examples\/[\w.\/-]+)$/.test(name),
  );
  expect(others.sort()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'bin/rollcall.js',
    'config.example.yaml',
    'dist/THIRD-PARTY-LICENSES',
    'dist/cli.js',
    'dist/cli.js.map',
    'dist/completion/rollcall.bash',
    'dist/completion/rollcall.fish',
    'dist/completion/rollcall.zsh',
    'dist/follow.js',
    'dist/follow.js.map',
    'dist/index.d.ts',
    'dist/index.js',
    'dist/index.js.map',
    'dist/rollcall.1',
    'dist/worker.js',
    'dist/worker.js.map',
    'npm-shrinkwrap.json',
    'package.json',
  ]);
});

test('holds the examples, with the files that they need', () => {
  const tracked = execFileSync('git', ['ls-files', 'examples'], { cwd: root, encoding: 'utf8' });
  expect(files.filter((name) => name.startsWith('examples/')).sort()).toEqual(
    tracked.trim().split('\n').sort(),
  );
});

test('brings along nothing that only this repository needs', () => {
  expect(Object.keys(manifest())).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^(private|scripts|devDependencies|workspaces)$/)]),
  );
});

test('names exactly the versions that are in the bundle', () => {
  const { dependencies } = manifest();
  expect(Object.keys(dependencies)).toEqual(Object.keys(source.dependencies));
  for (const [name, version] of Object.entries(dependencies)) {
    if (notBundled.includes(name)) expect(version).toBe(source.dependencies[name]);
    else expect(read('dist/THIRD-PARTY-LICENSES')).toContain(`${name} ${version} (`);
  }
});

test('locks the version of everything that is in the bundle, so that an audit judges what runs', () => {
  const { packages } = readJson(join(installed, 'npm-shrinkwrap.json')) as {
    packages: Record<string, { version: string; dev?: boolean }>;
  };
  expect(Object.values(packages).filter(({ dev }) => dev === true)).toEqual([]);
  const locked = new Set(
    Object.entries(packages).map(
      ([path, { version }]) => `${path.replace(/^.*node_modules\//, '')} ${version}`,
    ),
  );
  const bundled = [...read('dist/THIRD-PARTY-LICENSES').matchAll(/^(\S+ \d+\.\d+\.\d+) \(.+\)$/gm)];
  expect(bundled.length).toBeGreaterThan(50);
  expect(bundled.map(([, one = '']) => one).filter((one) => !locked.has(one))).toEqual([]);
});

test('imports only what is installed with it', () => {
  const imported = named('.js').flatMap((name) => {
    // What a bundled CommonJS module requires goes by this name.
    const text = read(name).replaceAll('__require(', 'require(');
    return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  });
  const foreign = imported.filter((name) => !name.startsWith('.') && !isBuiltin(name));
  expect([...new Set(foreign)].sort()).toEqual(notBundled);
  expect(Object.keys(manifest().dependencies)).toEqual(expect.arrayContaining(notBundled));
});

test('leaves out the databases that rollcall does not use', () => {
  const clients = named('.js').flatMap((name) => read(name).match(/\bClient_\w+(?= = class)/g) ?? []);
  expect(clients).toEqual(['Client_PG']);
});

test('has maps that name the sources and do not repeat them', () => {
  for (const path of named('.map')) {
    const map = readJson(join(installed, path)) as { sources: string[]; sourcesContent?: unknown };
    expect(read(path.slice(0, -'.map'.length))).toMatch(/\n\/\/# sourceMappingURL=[\w.-]+\.map\s*$/);
    expect(map).not.toHaveProperty('sourcesContent');
    for (const origin of map.sources) expect(join(dirname(path), origin)).toMatch(/^(src|node_modules)\//);
  }
});

test('loads little before it knows the command', () => {
  const loaded = new Set(['dist/cli.js']);
  for (const name of loaded) {
    for (const [, path = ''] of read(name).matchAll(/^import .*"(\.{1,2}\/.*)";$/gm)) {
      loaded.add(join(dirname(name), path));
    }
  }
  const size = [...loaded].reduce((sum, name) => sum + read(name).length, 0);
  // Commander and the list of commands; everything else comes when it is needed.
  expect(size).toBeLessThan(150_000);
});

test('runs where nothing but its dependencies is installed', () => {
  expect(rollcall(['--version'])).toEqual({ status: 0, stdout: `${source.version}\n`, stderr: '' });
  expect(rollcall(['init'])).toMatchObject({ status: 0, stderr: '' });
  expect(readFileSync(join(home, 'rollcall.yaml'), 'utf8')).toBe(read('config.example.yaml'));
});

test('opens the embedded store', () => {
  writeFileSync(join(home, 'small.yaml'), 'directory:\n  url: http://127.0.0.1:1/\n', { mode: 0o600 });
  const list = rollcall(['--config', 'small.yaml', 'users', 'list']);
  expect(list).toMatchObject({ status: 0, stderr: '' });
});

test('shows where a bug is in the sources, when asked to tell more', () => {
  const breakage = `import os from 'node:os'; import { syncBuiltinESMExports } from 'node:module';
    os.hostname = () => { throw new Error('broken'); }; syncBuiltinESMExports();`;
  const flags = ['--import', `data:text/javascript,${encodeURIComponent(breakage)}`];
  const { stderr } = rollcall(['--config', 'small.yaml', '--verbose', 'users', 'list'], flags);
  expect(stderr).toMatch(/a bug in rollcall.*: broken\n[^]* at .*\/src\/cli\/[\w/-]+\.ts:\d+:\d+/);
});

test('has types that hold for a strict user who has nothing else installed', () => {
  for (const name of named('.d.ts')) {
    const imports = ts.preProcessFile(read(name)).importedFiles.map(({ fileName }) => fileName);
    expect(imports.filter((specifier) => !specifier.startsWith('.'))).toEqual([]);
  }
  const project = join(home, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    join(project, 'use.ts'),
    `import { openRollcall, RollcallError, type Rollcall } from 'rollcall';
     const rollcall: Rollcall = await openRollcall({ config: 'rollcall.yaml' });
     const user: string | null = await rollcall.verifyLogin('ann', 'secret').catch((error: unknown) => {
       if (error instanceof RollcallError) return error.outcome;
       throw error;
     });
     // @ts-expect-error -- the types are there, and not any
     rollcall.nothing();
     export default user;`,
  );
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        skipLibCheck: false,
        exactOptionalPropertyTypes: true,
        target: 'es2023',
        module: 'nodenext',
        types: [],
        noEmit: true,
      },
    }),
  );
  tool('typescript/bin/tsc', '-p', project);
});

test('does not build where only the dependencies of production are installed', () => {
  const prepare = source.scripts['prepare'] ?? '';
  expect(prepare).toContain('npm run build');
  const { status, stdout, stderr } = spawnSync('sh', ['-c', prepare], { cwd: home, encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});
