#!/usr/bin/env node
import { mkdirSync, statSync } from 'node:fs';
import module from 'node:module';
import { userInfo } from 'node:os';
import { join } from 'node:path';

// Only --verbose prints the stack of a bug, and source maps cost time. They must be on before anything is loaded.
const isVerbose = process.argv.some((word) => /^(--verbose|-[a-z]*v[a-z]*)$/.test(word));
if (isVerbose) process.setSourceMapsEnabled(true);
if (module.enableCompileCache) cacheCompiledCode();

const { main } = await import('../dist/cli.js');
await main(process.argv);

/**
 * Node runs the code in its compile cache without checking who wrote it, and its default folder is in /tmp, where any
 * user can create it first. So the cache is kept in the home of this user, and only if nobody else can write there.
 * The home comes from the system and not from $HOME, which may still be another user's under sudo.
 */
function cacheCompiledCode() {
  try {
    const { homedir, uid } = userInfo();
    const home = statSync(homedir);
    if (home.uid !== uid || (home.mode & 0o022) !== 0) return;
    const folder = join(homedir, '.cache', 'rollcall');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    module.enableCompileCache(folder);
  } catch {
    // The user or the home does not exist, or the home is read-only. The cache is only for speed.
  }
}
