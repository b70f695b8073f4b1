import { chownSync, lchownSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findConfig } from '../../src/config/find-config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { folder, minimal, serverOf, surroundings, useFolder, write } from './given.ts';

useFolder();

const me = process.geteuid?.() ?? 0;
const by = (env: Record<string, string>, uid = me) => ({ env, uid });

/** What a command in the folder of the test finds. */
function found(env: Record<string, string> = {}, uid = me): string {
  const before = process.cwd();
  try {
    process.chdir(folder);
    return findConfig(undefined, by(env, uid), '/etc/hostname');
  } finally {
    process.chdir(before);
  }
}

test('the file is the one of the option, of the environment, or rollcall.yaml', async () => {
  expect(findConfig('a', by({ ROLLCALL_CONFIG: 'b' }))).toBe('a');
  expect(findConfig(undefined, by({ ROLLCALL_CONFIG: 'b' }))).toBe('b');
  expect(findConfig(undefined, by({ ROLLCALL_CONFIG: '' }), '/nonexistent')).toBe('rollcall.yaml');
  expect(serverOf(await loadConfig('-', surroundings({}, minimal))).url).toBe(
    'https://directory.example.com/',
  );
});

test('the file of the system serves where the current folder has none', () => {
  const ofSystem = write(minimal);
  expect(findConfig('a', by({ ROLLCALL_CONFIG: 'b' }), ofSystem)).toBe('a');
  expect(findConfig(undefined, by({ ROLLCALL_CONFIG: 'b' }), ofSystem)).toBe('b');
  expect(findConfig(undefined, by({}), ofSystem)).toBe(ofSystem);
  // As in a folder that is closed to this user: reading it says why.
  const unknown = join(folder, 'loop');
  symlinkSync(unknown, unknown);
  expect(findConfig(undefined, by({}), unknown)).toBe(unknown);
  expect(found()).toBe('rollcall.yaml');
  rmSync(ofSystem);
  expect(found()).toBe('/etc/hostname');
  // The mount with the file may be away for now; the database of the system would be another one.
  symlinkSync('/nonexistent', ofSystem);
  expect(found()).toBe('rollcall.yaml');
});

test.runIf(me === 0)('somebody else’s file in the current folder is refused, unless it is named', () => {
  const file = write(minimal);
  const problem = (what: string) =>
    `${file} ${what} another user (uid 1234, and this is uid 0); name it with --config rollcall.yaml if you trust them`;
  chownSync(file, 1234, 1234);
  expect(found).toThrow(problem('belongs to'));
  expect(found({ ROLLCALL_CONFIG: 'rollcall.yaml' })).toBe('rollcall.yaml');
  expect(found({}, 1234)).toBe('rollcall.yaml');
  expect(found({ SUDO_UID: '1234' })).toBe('rollcall.yaml');
  expect(() => found({ SUDO_UID: '1234' }, 99)).toThrow('(uid 1234, and this is uid 99)');

  chownSync(file, 0, 0);
  expect(found({}, 1234)).toBe('rollcall.yaml');
  chownSync(folder, 1234, 1234);
  expect(found).toThrow(problem('is in a folder of'));

  chownSync(folder, 0, 0);
  rmSync(file);
  symlinkSync('/etc/hostname', file);
  lchownSync(file, 1234, 1234);
  expect(found).toThrow(problem('belongs to'));
});

test.runIf(me === 0)('a folder that is closed to this user has no file for them', () => {
  write(minimal);
  const before = process.cwd();
  try {
    process.chdir(folder);
    process.seteuid?.(65534);
    expect(findConfig(undefined, by({}, 65534), '/etc/hostname')).toBe('/etc/hostname');
  } finally {
    process.seteuid?.(0);
    process.chdir(before);
  }
});
