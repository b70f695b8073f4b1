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
import { Workplace } from '../support/cli.ts';

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
  expect(readFileSync(path('old'), 'utf8')).toBe(
    readFileSync(path('new'), 'utf8').replace('-o new', '-o link'),
  );
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
