import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { rollcall, Workplace } from '../support/cli.ts';

/** Lets the process take this machine for another one. */
const lie = (code: string) => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}`,
});
const pretend = (member: string, value: string) =>
  lie(`Object.defineProperty(process, '${member}', { value: ${value} })`);
const versions = (node: string) => pretend('versions', `{ ...process.versions, node: '${node}' }`);

test.each([
  ['Windows', pretend('platform', `'win32'`), 'it does not run on Windows; use it on Linux, or in WSL'],
  [
    'musl',
    lie(`import fs from 'node:fs';
      const read = fs.readFileSync;
      const ldd = '#!/bin/sh\\nexec /lib/ld-musl-x86_64.so.1 --list "$@"';
      fs.readFileSync = (path, ...more) => (path === '/usr/bin/ldd' ? ldd : read(path, ...more));`),
    'it does not run on Linux with musl, such as Alpine; use Linux with glibc, such as Debian',
  ],
  ['an old Node', versions('18.20.8'), 'it needs Node 20.6 or newer, and this is 18.20.8'],
  ['a Node that is a little too old', versions('20.5.1'), 'it needs Node 20.6 or newer, and this is 20.5.1'],
])('%s is refused in words', async (_, env, message) => {
  expect(await rollcall(['--version'], { env })).toEqual({
    code: 1,
    stdout: '',
    stderr: `rollcall: ${message}\n`,
  });
});

test.each(['20.6.0', '21.0.0', '100.1.0'])('Node %s is good', async (node) => {
  expect(await rollcall(['--version'], { env: versions(node) })).toMatchObject({ code: 0, stderr: '' });
});

test('what it says of Node is what the package says', () => {
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
  expect(engines.node).toBe('>=20.6');
});

test.each([
  ['Linux without glibc', 'process.report.getReport = () => ({ header: {} })', 'Linux without glibc'],
  ['macOS', `Object.defineProperty(process, 'platform', { value: 'darwin' })`, 'darwin'],
])('doctor says that it is not tested on %s', async (_, code, system) => {
  const workplace = new Workplace();
  workplace.configure({ directory: { file: 'people.json' } });
  writeFileSync(join(workplace.folder, 'people.json'), '[]');
  const { stdout } = await workplace.run('doctor', { env: lie(code) });
  workplace.remove();
  const node = `version ${process.versions.node} on ${system}, where rollcall is not tested`;
  expect(stdout.replace(/\s+/g, ' ')).toContain(`! warning node ${node} → use Linux with glibc`);
});

test('where there is no binary for the lock, a run says so before it changes anything', () => {
  const home = mkdtempSync(join(tmpdir(), 'rollcall-platform-'));
  const rollcallIn = (...parts: string[]) => join(home, 'node_modules/rollcall', ...parts);
  mkdirSync(rollcallIn(), { recursive: true });
  for (const part of ['bin', 'dist', 'package.json']) cpSync(part, rollcallIn(part), { recursive: true });
  for (const name of ['@electric-sql/pglite', 'require-addon', 'which-runtime']) {
    mkdirSync(dirname(join(home, 'node_modules', name)), { recursive: true });
    symlinkSync(resolve('node_modules', name), join(home, 'node_modules', name));
  }
  const addon = resolve('node_modules/fs-native-extensions');
  cpSync(addon, join(home, 'node_modules/fs-native-extensions'), {
    recursive: true,
    filter: (path) => !/prebuilds\/.+/.test(path.slice(addon.length)),
  });
  writeFileSync(join(home, 'rollcall.yaml'), 'directory:\n  file: people.json\n');
  writeFileSync(join(home, 'people.json'), '[{"userName": "anna"}]');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [rollcallIn('bin/rollcall.js'), 'sync', 'now'],
    { cwd: home, encoding: 'utf8', env: { PATH: process.env['PATH'] } },
  );
  rmSync(home, { recursive: true });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toBe(
    `rollcall: the embedded store ${home}/rollcall-data cannot be locked: there is no fs-native-extensions that runs on ${process.platform}-${process.arch} with the C library of this machine; use a machine with Linux and glibc, such as Debian\n`,
  );
});
