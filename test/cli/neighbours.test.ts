import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDatabase } from '../servers/database.ts';
import { Directory } from '../servers/directory.ts';
import { start, Workplace } from '../support/cli.ts';

let directory: Directory;
let workplace: Workplace;
const path = (name: string) => join(workplace.folder, name);
const binary = resolve(import.meta.dirname, '../../bin/rollcall.js');
const uid = process.getuid?.() ?? 0;

beforeAll(async () => {
  directory = await Directory.start();
});
afterAll(() => directory.stop());
beforeEach(() => {
  workplace = new Workplace();
  directory.lists([{ userName: 'anna' }]);
  return () => workplace.remove();
});

/** What somebody may put where a lock belongs. */
const traps: Record<string, (place: string, victim: string) => void> = {
  'a symbolic link': (place, victim) => symlinkSync(victim, place),
  'a hard link': (place, victim) => linkSync(victim, place),
  'a pipe': (place) => execFileSync('mkfifo', [place]),
  'a folder': (place) => mkdirSync(place),
};

describe('the lock of this machine', () => {
  let url: string;
  let name: string;
  beforeAll(async () => {
    ({ url } = await createDatabase());
  });
  const run = () => {
    workplace.configure({ directory: { url: directory.url }, database: { url } });
    return workplace.run('sync test', { env: { TMPDIR: path('tmp') } });
  };
  const privateFolder = () => path(`tmp/rollcall-${uid}`);
  beforeEach(() => mkdirSync(path('tmp')));

  test('is in a folder of this user alone', async () => {
    expect(await run()).toMatchObject({ code: 0, stderr: '' });
    expect(lstatSync(privateFolder()).mode & 0o777).toBe(0o700);
    [name = ''] = readdirSync(privateFolder());
    expect(name).toMatch(/^[\da-f]{16}\.lock$/);
  });

  test.each(Object.entries(traps))('is done without if it is %s, which stays as it is', async (_, lay) => {
    mkdirSync(privateFolder(), { mode: 0o700 });
    writeFileSync(path('victim'), 'precious');
    lay(join(privateFolder(), name), path('victim'));
    const { code, stderr } = await run();
    expect(stderr).toMatch(/^rollcall: warning: the lock [^\n]+; going on without this lock[^\n]+\n$/);
    expect(code).toBe(0);
    expect(readFileSync(path('victim'), 'utf8')).toBe('precious');
  });

  test('is done without if its folder is a link, or open to others', async () => {
    mkdirSync(path('victim'), { mode: 0o700 });
    symlinkSync(path('victim'), privateFolder());
    const linked = await run();
    expect(linked).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('is not a folder; going on') as string,
    });
    expect(readdirSync(path('victim'))).toEqual([]);
    rmSync(privateFolder());
    mkdirSync(privateFolder());
    const open = await run();
    expect(open).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('is open to other users; going') as string,
    });
    expect(readdirSync(privateFolder())).toEqual([]);
  });
});

describe('the embedded store', () => {
  beforeEach(() => workplace.configure({ directory: { url: directory.url, retries: 0 } }));
  const store = () => path('rollcall-data');

  test.each(Object.entries(traps))('is refused if its lock is %s, which stays as it is', async (_, lay) => {
    mkdirSync(store(), { mode: 0o700 });
    writeFileSync(path('victim'), 'precious');
    lay(join(store(), 'lock'), path('victim'));
    const { code, stderr } = await workplace.run('users list');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^rollcall: the embedded store \S+ contains lock, which [^\n]+\n$/,
      ) as string,
    });
    expect(readFileSync(path('victim'), 'utf8')).toBe('precious');
    expect(readdirSync(store())).toEqual(['lock']);
  });

  test.skipIf(uid !== 0)('of somebody else is refused, also to root', async () => {
    mkdirSync(store(), { mode: 0o700 });
    execFileSync('chown', ['65534', store()]);
    expect(await workplace.run('users list')).toMatchObject({
      code: 1,
      stderr: `rollcall: the embedded store ${store()} belongs to another user (uid 65534, and this is uid 0); run rollcall as that user, or set database.embedded\n`,
    });
    expect(readdirSync(store())).toEqual([]);
  });

  test('is not created by a run that fails, nor by a test', async () => {
    directory.answers((_, response) => response.writeHead(500).end());
    expect(await workplace.run('sync test')).toMatchObject({ code: 1 });
    directory.answers((_, response) => response.end('[{"userName":"anna"}'));
    expect(await workplace.run('sync now')).toMatchObject({ code: 1 });
    directory.lists([{ userName: 'anna' }]);
    expect(await workplace.run('sync test')).toMatchObject({ code: 0 });
    expect(readdirSync(store()).sort()).toEqual(['lock', 'run']);
    expect(await workplace.run('sync now')).toMatchObject({ code: 0 });
    expect((await workplace.run('users list')).stdout).toContain('anna');
  });

  test('is open for logins while a run waits for the directory, and closed for another run', async () => {
    await workplace.run('sync now');
    let arrive = () => {};
    const asked = new Promise<void>((resolve) => {
      directory.answers(({ form }, response) => {
        if (form.get('cmd') !== 'list') response.end('{"authenticated":true}');
        else {
          arrive = () => response.end('[{"userName":"anna"}]');
          resolve();
        }
      });
    });
    const run = workplace.run('sync now');
    await asked;
    const login = await workplace.run('login anna --password-stdin', { stdin: 'x' });
    expect(login).toMatchObject({ code: 0, stdout: 'accepted\n' });
    expect(await workplace.run('sync test')).toMatchObject({ code: 75 });
    arrive();
    expect(await run).toMatchObject({ code: 0, stderr: '' });
  });
});

test.skipIf(uid !== 0)('a result is not written through a link of somebody else', async () => {
  workplace.configure({ directory: { url: directory.url } });
  writeFileSync(path('victim'), 'precious');
  symlinkSync('victim', path('report'));
  execFileSync('chown', ['-h', '65534', path('report')]);
  expect(await workplace.run('sync test -o report')).toMatchObject({
    ...{ code: 64, stderr: 'rollcall: report is a link of another user (--output)\n' },
  });
  expect(readFileSync(path('victim'), 'utf8')).toBe('precious');
  // Nor is it open to whoever made the file first.
  writeFileSync(path('first'), '');
  chmodSync(path('first'), 0o666);
  execFileSync('chown', ['65534', path('first')]);
  expect(await workplace.run('sync test -o first')).toMatchObject({ code: 0 });
  expect(lstatSync(path('first'))).toMatchObject({ uid: 0, mode: 0o100600 });
});

test('a result that nobody reads can be interrupted, also when the store is closed', async () => {
  workplace.configure({ directory: { url: directory.url } });
  directory.lists(Array.from({ length: 3_000 }, (_, i) => ({ userName: `user ${i}` })));
  await workplace.run('sync now');
  execFileSync('mkfifo', [path('pipe')]);
  const script = `exec '${process.execPath}' '${binary}' users list --format json > pipe`;
  const shell = spawn('/bin/sh', ['-c', script], { cwd: workplace.folder });
  const ended = new Promise((resolve) => shell.on('exit', (code, signal) => resolve(signal ?? code)));
  const reader = await open(path('pipe'), 'r');
  await reader.read(Buffer.alloc(10));
  shell.kill('SIGTERM');
  expect(await ended).toBe('SIGTERM');
  await reader.close();
});

test('a configuration that never comes can be interrupted', async () => {
  execFileSync('mkfifo', [path('rollcall.yaml')]);
  const { child, ended } = start(['users', 'list'], { cwd: workplace.folder, deadline: 10_000 });
  // Not before it has opened the pipe, or this test would prove nothing.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(child.exitCode).toBe(null);
  child.kill('SIGTERM');
  await ended;
  expect(child.signalCode).toBe('SIGTERM');
});

describe.runIf(uid === 0)('a configuration of another user', () => {
  let calls = 0;
  const listener = createServer((socket) => {
    calls += 1;
    socket.destroy();
  });
  beforeAll(() => new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve)));
  afterAll(() => listener.close());
  beforeEach(() => {
    calls = 0;
    const { port } = listener.address() as AddressInfo;
    const url = `postgres://u:\${SECRET}@127.0.0.1:${port}/x`;
    workplace.configure({ directory: { url: `http://127.0.0.1:${port}/` }, database: { url } });
    chownSync(path('rollcall.yaml'), 1234, 1234);
  });
  const run = (command: string) => workplace.run(command, { env: { SECRET: 'open sesame' } });

  test.each(['sync test', 'config show', 'users list'])('is not used by %s', async (command) => {
    expect(await run(command)).toEqual({
      code: 78,
      stdout: '',
      stderr: `rollcall: ${path('rollcall.yaml')} belongs to another user (uid 1234, and this is uid 0); name it with --config rollcall.yaml if you trust them\n`,
    });
    expect(calls).toBe(0);
  });

  test('is what doctor finds', async () => {
    const { code, stdout } = await run('doctor');
    expect(code).toBe(1);
    expect(stdout.replace(/\s+/g, ' ')).toContain('belongs to another user (uid 1234, and this is uid 0)');
    expect(calls).toBe(0);
  });

  test('is used if it is named', async () => {
    expect(await run('users list --config rollcall.yaml')).toMatchObject({ code: 1 });
    expect(calls).toBeGreaterThan(0);
  });

  test.each(['', '--config rollcall.yaml '])('is not used to complete a word%s', async (option) => {
    expect(await run(`${option}completion runs`.trim())).toEqual({ code: 1, stdout: '', stderr: '' });
    expect(calls).toBe(0);
  });
});
