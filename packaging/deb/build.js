import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import config from '../../rolldown.config.js';
import { lastChange } from '../last-change.js';
import { debianChangelog, debianVersion } from './changelog.js';
import { systemConfiguration } from './configuration.js';

// Makes a Debian package out of what packaging/package.js has packed: node packaging/deb/build.js [folder]

const target = resolve(process.argv[2] ?? 'build/package');
const here = import.meta.dirname;
const root = join(target, 'deb');
const at = (/** @type {string[]} */ ...names) => join(root, ...names);
const lib = at('usr/lib/rollcall');
const documents = at('usr/share/doc/rollcall');

const run = (/** @type {string} */ program, /** @type {string[]} */ args, options = {}) =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], ...options }).trim();

/** The time of every file, so that the same input makes the same bytes. */
const epoch = lastChange();
if (epoch === undefined) throw new Error('This is not a clone: set SOURCE_DATE_EPOCH');

rmSync(root, { recursive: true, force: true });
mkdirSync(lib, { recursive: true });
run('tar', ['xzf', join(target, 'rollcall.tgz'), '--strip-components=1', '--no-same-owner', '-C', lib]);
const manifest = JSON.parse(readFileSync(join(lib, 'package.json'), 'utf8'));
const version = debianVersion(manifest.version);
const architecture = run('dpkg', ['--print-architecture']);

installDependencies();
installProgram();
installDocuments();
installUnits();
normalize(root);
writeControl();
const file = join(target, `rollcall_${version}_${architecture}.deb`);
run('dpkg-deb', ['--root-owner-group', '--threads-max=1', '-Zxz', '-z1', '--build', root, file], {
  env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch) },
});
process.stdout.write(`${relative('.', file)}\n`);

/** What is in the bundle is left out; so is what is for other machines. */
function installDependencies() {
  const bundled = Object.keys(manifest.dependencies).filter((name) => !config.external.includes(name));
  const plain = readFileSync(join(lib, 'package.json'));
  const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--silent'];
  // Installs what remains, at the versions of the shrinkwrap.
  run('npm', ['uninstall', ...flags, ...bundled], { cwd: lib });
  writeFileSync(join(lib, 'package.json'), plain);
  const modules = join(lib, 'node_modules');
  for (const name of readdirSync(modules).filter((name) => name.startsWith('.')))
    rmSync(join(modules, name), { recursive: true });
  const kept = `prebuilds/${process.platform}-${process.arch}/`;
  const binaries = filesIn(modules).filter((path) => /\/prebuilds\//.test(path));
  for (const path of binaries.filter((path) => !path.includes(kept) || !path.endsWith('.node'))) rmSync(path);
  // The extensions of PGlite contain more libraries, such as OpenSSL, and nothing loads them; nor a source map.
  for (const path of filesIn(join(modules, '@electric-sql')).filter((path) => /\.(tar\.gz|map)$/.test(path)))
    rmSync(path);
  removeEmptyFolders(modules);
  if (!filesIn(modules).some((path) => path.includes(kept)))
    throw new Error(`fs-native-extensions has no binary for ${process.platform}-${process.arch}`);
}

function installProgram() {
  const launcher = join(lib, 'bin/rollcall.js');
  const text = readFileSync(launcher, 'utf8');
  // Not another Node that happens to be in the PATH: the package depends on this one.
  writeFileSync(launcher, text.replace('#!/usr/bin/env node\n', '#!/usr/bin/node\n'));
  mkdirSync(at('usr/bin'), { recursive: true });
  symlinkSync('../lib/rollcall/bin/rollcall.js', at('usr/bin/rollcall'));
  const example = readFileSync(join(lib, 'config.example.yaml'), 'utf8');
  write('usr/share/rollcall/rollcall.yaml', systemConfiguration(example));
  const manual = join(lib, 'dist/rollcall.1');
  write('usr/share/man/man1/rollcall.1.gz', zipped(readFileSync(manual)));
  rmSync(manual);
  const shells = {
    bash: 'bash-completion/completions/rollcall',
    zsh: 'zsh/vendor-completions/_rollcall',
    fish: 'fish/vendor_completions.d/rollcall.fish',
  };
  for (const [shell, path] of Object.entries(shells))
    write(`usr/share/${path}`, readFileSync(join(lib, `dist/completion/rollcall.${shell}`)));
}

function installDocuments() {
  mkdirSync(documents, { recursive: true });
  for (const name of ['README.md', 'docs', 'examples']) renameSync(join(lib, name), join(documents, name));
  renameSync(join(lib, 'dist/THIRD-PARTY-LICENSES'), join(documents, 'THIRD-PARTY-LICENSES'));
  const changelog = debianChangelog(readFileSync(join(lib, 'CHANGELOG.md'), 'utf8'), manifest.version, epoch);
  write('usr/share/doc/rollcall/changelog.gz', zipped(changelog));
  rmSync(join(lib, 'CHANGELOG.md'));
  cpSync(join(here, 'copyright'), join(documents, 'copyright'));
  // What they say is in the copyright.
  const licenses = filesIn(lib).filter((path) => /^LICENSE/i.test(basename(path)));
  for (const path of licenses) rmSync(path);
  cpSync(join(here, 'lintian-overrides'), at('usr/share/lintian/overrides/rollcall'));
}

function installUnits() {
  for (const name of readdirSync(join(here, '../systemd')))
    cpSync(join(here, '../systemd', name), at('usr/lib/systemd/system', name));
}

function writeControl() {
  const files = filesIn(root).filter((path) => lstatSync(path).isFile());
  const size = files.reduce((sum, path) => sum + Math.ceil(lstatSync(path).size / 1024), 0);
  const node = />=\s*([\d.]+)/.exec(manifest.engines.node)[1];
  const sums = files.map((path) => {
    const sum = createHash('md5').update(readFileSync(path)).digest('hex');
    return `${sum}  ${relative(root, path)}\n`;
  });
  write('DEBIAN/md5sums', sums.sort((a, b) => (a.slice(34) < b.slice(34) ? -1 : 1)).join(''));
  const template = readFileSync(join(here, 'control'), 'utf8');
  const values = { VERSION: version, ARCHITECTURE: architecture, SIZE: String(size), NODE: node };
  write(
    'DEBIAN/control',
    template.replace(/@(\w+)@/g, (_, name) => values[name]),
  );
  for (const name of ['postinst', 'prerm', 'postrm']) cpSync(join(here, name), at('DEBIAN', name));
  normalize(at('DEBIAN'));
}

/** Modes and times that do not depend on who has built this, and when. */
function normalize(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) normalize(path);
    if (entry.isFile()) chmodSync(path, isProgram(path) ? 0o755 : 0o644);
    lutimesSync(path, epoch, epoch);
  }
  chmodSync(folder, 0o755);
  lutimesSync(folder, epoch, epoch);
}

function isProgram(path) {
  return path === join(lib, 'bin/rollcall.js') || /\/DEBIAN\/(postinst|prerm|postrm)$/.test(path);
}

function write(path, content) {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), content);
}

/** Node writes no time and no name into it. */
function zipped(content) {
  return gzipSync(content, { level: 9 });
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

function removeEmptyFolders(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name));
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}
