import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';

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
