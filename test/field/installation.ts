import { execFileSync, spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { whyNoMachine } from './machine.ts';
import { absent } from './program.ts';

/** Why the package cannot be built and installed on a copy of this machine; null when it can. */
export function whyNotInstalled(): string | null {
  const why = whyNoMachine() ?? absent('/usr/bin/dpkg-deb', '/usr/bin/lintian', '/usr/lib/postgresql');
  if (why !== null) return why;
  const query = ['-W', '-f', '${Version}', 'nodejs'];
  const { stdout: version } = spawnSync('dpkg-query', query, { encoding: 'utf8' });
  const fits = spawnSync('dpkg', ['--compare-versions', version, 'ge', '20.6']).status === 0;
  return fits && version !== '' ? null : 'no package nodejs (>= 20.6), as of NodeSource or Debian 13';
}

/** Builds the Debian package, and returns its path. */
export function buildPackage(folder: string, env: NodeJS.ProcessEnv = {}): string {
  const options = { encoding: 'utf8', env: { ...process.env, ...env } } as const;
  execFileSync(process.execPath, ['packaging/package.js', folder], options);
  return resolve(execFileSync(process.execPath, ['packaging/deb/build.js', folder], options).trim());
}

/** The same package with another version, which somebody may have installed before. */
export function asVersion(version: string, path: string, to: string): string {
  const tree = join(to, 'tree');
  const other = join(to, `rollcall_${version}.deb`);
  execFileSync('dpkg-deb', ['--raw-extract', path, tree]);
  execFileSync('sed', ['-i', `s/^Version: .*/Version: ${version}/`, join(tree, 'DEBIAN/control')]);
  const manifest = join(tree, 'usr/lib/rollcall/package.json');
  execFileSync('sed', ['-i', `s/"version": ".*"/"version": "${version}"/`, manifest]);
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, other], { stdio: 'ignore' });
  return other;
}
