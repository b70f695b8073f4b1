import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/**
 * Writes the licenses of all bundled packages. A package that only a development tool brings along must not be
 * bundled: it would escape every audit of the installed package.
 */
export function thirdParties() {
  return {
    name: 'third-parties',
    generateBundle(_, bundle) {
      const modules = Object.values(bundle).flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []));
      const folders = modules.flatMap(
        (id) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(relative('.', id)) ?? [],
      );
      const locked = readJson('package-lock.json').packages;
      const licenses = [...new Set(folders)].sort().map((folder) => {
        if (locked[folder]?.dev ?? !(folder in locked)) {
          throw new Error(`${folder} is bundled, but no dependency brings it along`);
        }
        return licenseOf(folder);
      });
      this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-LICENSES', source: licenses.join('\n---\n\n') });
    },
  };
}

function licenseOf(folder) {
  const { name, version, license } = readJson(join(folder, 'package.json'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  return `${name} ${version} (${license})\n${text}`;
}
