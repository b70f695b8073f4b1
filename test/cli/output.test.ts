import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Directory } from '../servers/directory.ts';
import { createDatabase } from '../servers/database.ts';
import { receivedText } from '../../src/cli/phases.ts';
import { parseLines, Workplace } from '../support/cli.ts';

let directory: Directory;
let url: string;
let workplace: Workplace;
beforeAll(async () => {
  directory = await Directory.start();
  directory.lists([{ userName: 'anna' }]);
  ({ url } = await createDatabase());
});
afterAll(() => directory.stop());
beforeEach(() => {
  workplace = new Workplace();
  workplace.configure({ directory: { url: directory.url, retries: 0 }, database: { url } });
});

const path = (name: string) => join(workplace.folder, name);
const modeOf = (name: string) => (statSync(path(name)).mode & 0o777).toString(8);
const done = { code: 0, stdout: '', stderr: '' };

test('a result is for its owner alone, and an old file keeps its permissions and links', async () => {
  expect(await workplace.run('sync test -o new')).toEqual(done);
  expect(modeOf('new')).toBe('600');
  writeFileSync(path('old'), 'old');
  chmodSync(path('old'), 0o644);
  symlinkSync('old', path('link'));
  expect(await workplace.run('sync test -o link')).toEqual(done);
  expect(readlinkSync(path('link'))).toBe('old');
  expect(readFileSync(path('old'), 'utf8')).toMatch(/^Test: nothing is changed\..*\n$/s);
  expect(modeOf('old')).toBe('644');
  expect(readdirSync(workplace.folder).sort()).toEqual(['link', 'new', 'old', 'rollcall.yaml']);
});

test('a run that fails leaves the file, and nothing beside it', async () => {
  writeFileSync(path('old'), 'old');
  workplace.configure({ directory: { url: 'http://127.0.0.1:9/', retries: 0 }, database: { url } });
  expect(await workplace.run('sync test -o old')).toMatchObject({ code: 1 });
  expect(readFileSync(path('old'), 'utf8')).toBe('old');
  expect(readdirSync(workplace.folder).sort()).toEqual(['old', 'rollcall.yaml']);
});

test('the configuration in use is never replaced, and - is standard output', async () => {
  symlinkSync('rollcall.yaml', path('link'));
  const before = readFileSync(path('rollcall.yaml'), 'utf8');
  for (const name of ['rollcall.yaml', 'link', './rollcall.yaml']) {
    expect(await workplace.run(`sync test -o ${name}`)).toEqual({
      code: 64,
      stdout: '',
      stderr: `rollcall: ${name} is the configuration in use and was not changed (--output)\n`,
    });
  }
  expect(readFileSync(path('rollcall.yaml'), 'utf8')).toBe(before);
  const { stdout } = await workplace.run('sync test -o -');
  expect(stdout).toContain('anna');
});

test('a pipe that nobody reads is an error, and one that somebody reads gets the result', async () => {
  execFileSync('mkfifo', [path('pipe')]);
  expect(await workplace.run('sync test -o pipe', { deadline: 20_000 })).toEqual({
    code: 64,
    stdout: '',
    stderr: 'rollcall: cannot write to pipe (--output): nobody reads it\n',
  });
  const reader = spawn('cat', [path('pipe')]);
  const [said] = await Promise.all([text(reader.stdout), workplace.run('sync test -o pipe')]);
  expect(said).toContain('anna');
});

test('a command that fails ends its JSON with an error, in the file, too', async () => {
  writeFileSync(path('result.jsonl'), 'yesterday');
  const failed = await workplace.run('sync test -f json -o result.jsonl -c missing.yaml');
  expect(failed).toMatchObject({ code: 78, stdout: '' });
  expect(parseLines(readFileSync(path('result.jsonl'), 'utf8'))).toEqual([
    expect.objectContaining({ type: 'header', command: 'sync test', schemaVersion: 2 }),
    {
      ...{ type: 'error', outcome: 'config', exitCode: 78, code: null, hint: null, changed: false },
      message: expect.stringContaining('missing.yaml') as string,
    },
  ]);
  const unknown = await workplace.run('users show nobody --format json');
  expect(parseLines(unknown.stdout)).toEqual([
    expect.objectContaining({ type: 'header', command: 'users show' }),
    expect.objectContaining({ type: 'error', outcome: 'failed', message: 'there is no user nobody' }),
  ]);
  const config = readFileSync(path('rollcall.yaml'), 'utf8');
  expect(await workplace.run('sync test -f json -o rollcall.yaml')).toMatchObject({ code: 64 });
  expect(readFileSync(path('rollcall.yaml'), 'utf8')).toBe(config);
});

test('colors are forced where a log shows them, unless they are unwanted', async () => {
  const escape = '\u001b[';
  const run = (env: Record<string, string>, more = '') => workplace.run(`sync test${more}`, { env });
  expect((await run({ FORCE_COLOR: '1' })).stdout).toContain(escape);
  expect((await run({ FORCE_COLOR: '0' })).stdout).not.toContain(escape);
  expect((await run({ FORCE_COLOR: '1', NO_COLOR: '1' })).stdout).not.toContain(escape);
  expect((await run({ FORCE_COLOR: '1' }, ' --no-color')).stdout).not.toContain(escape);
  await run({ FORCE_COLOR: '1' }, ' -o plain');
  expect(readFileSync(path('plain'), 'utf8')).not.toContain(escape);
});

test('--verbose tells what a run does, and how long each part takes', async () => {
  const { stderr } = await workplace.run('-v sync test');
  for (const phase of ['asking', 'receiving: 0.0 MB', 'reading: ', 'comparing']) {
    expect(stderr).toMatch(new RegExp(`^rollcall: ${phase}.*\\(\\d\\.\\d\\d s\\)$`, 'm'));
  }
});

test('progress has a percentage where the length is known', () => {
  expect(receivedText(1_250_000, null)).toBe('1.3 MB');
  expect(receivedText(1_250_000, 4_800_000)).toBe('1.3 of 5 MB (26%)');
  expect(receivedText(4_800_000, 4_800_000)).toBe('4.8 of 5 MB (100%)');
  expect(receivedText(0, 0)).toBe('0.0 of 0 MB (0%)');
});
