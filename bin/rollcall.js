#!/usr/bin/env node
import module from 'node:module';

// An import would read every export of these modules, and load whatever is behind it.
const require = module.createRequire(import.meta.url);

const obstacle = whatIsInTheWay();
if (obstacle === null) start();
else {
  process.stderr.write(`rollcall: ${obstacle}\n`);
  process.exitCode = 1;
}

/**
 * What keeps rollcall from running here, in words; null if nothing does. The rest of the code may not even parse there, so
 * this file is written in the JavaScript of 2019.
 */
function whatIsInTheWay() {
  if (process.platform === 'win32') return 'it does not run on Windows; use it on Linux, or in WSL';
  if (hasMusl())
    return 'it does not run on Linux with musl, such as Alpine; use Linux with glibc, such as Debian';
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > 20 || (major === 20 && minor >= 6)
    ? null
    : `it needs Node 20.6 or newer, and this is ${process.versions.node}`;
}

/** By the loader's own script, as detect-libc does it: the report of the process would take longer than the start. */
function hasMusl() {
  try {
    return (
      process.platform === 'linux' && require('node:fs').readFileSync('/usr/bin/ldd', 'utf8').includes('musl')
    );
  } catch {
    return false;
  }
}

function start() {
  // Only --verbose prints the stack of a bug, and source maps cost time. They must be on before anything is loaded.
  const isVerbose = process.argv.some((word) => /^(--verbose|-[a-z]*v[a-z]*)$/.test(word));
  if (isVerbose) process.setSourceMapsEnabled(true);
  if (module.enableCompileCache) cacheCompiledCode();
  return import('../dist/cli.js').then(({ main }) => main(process.argv));
}

/**
 * Node runs the code in its compile cache without checking who wrote it, and its default folder is in /tmp, where any
 * user can create it first. So the cache is kept in the home of this user, and only if nobody else can write to it. The
 * home comes from the system and not from $HOME, which may still be another user's under sudo.
 */
function cacheCompiledCode() {
  const { lstatSync, mkdirSync, statSync } = require('node:fs');
  const { userInfo } = require('node:os');
  const { join } = require('node:path');
  try {
    const { homedir, uid } = userInfo();
    const folders = [homedir, join(homedir, '.cache'), join(homedir, '.cache', 'rollcall')];
    // The home itself may be a link; below it, a link may lead to anywhere.
    if (!isPrivate(statSync(homedir), uid)) return;
    for (const folder of folders.slice(1)) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (!isPrivate(lstatSync(folder), uid)) return;
    }
    module.enableCompileCache(folders.at(-1));
  } catch {
    // The user or the home does not exist, or the home is read-only. The cache is only for speed.
  }
}

/**
 * @param {import('node:fs').Stats} stats
 * @param {number} uid
 */
function isPrivate(stats, uid) {
  return stats.isDirectory() && stats.uid === uid && (stats.mode & 0o022) === 0;
}
